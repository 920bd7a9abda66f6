"""What services by name answer under a 2xx, and what others might, to four results: each written
down, with the verdict of a careful person, before it was tried.

Status, body, headers. Those that a description of them (`answer`) has to explain are left out of
`TAKEN`: a code under `error_code` that is none (Kafka's REST), a list of statements instead of rows
(Neo4j), a log of three lines, two events of a progress, `"status": "S"`, `created` that is false
for some.
"""

from __future__ import annotations

import gzip
from typing import Any

Said = list[tuple[int, Any, dict[str, str]]]

REFUSED: Said = [
(200,{"UnprocessedItems":{"results":[{"PutRequest":{"Item":{"id":{"S":"key-0002"}}}}]}},{}),              # DynamoDB
(200,{"Successful":[{"Id":"0","MessageId":"m1"},{"Id":"1","MessageId":"m2"},{"Id":"3","MessageId":"m4"}],"Failed":[{"Id":"2","SenderFault":True,"Code":"InvalidMessageContents","Message":"too big"}]},{}), # SQS
(200,{"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","ShardId":"s"},{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"slow"},{"SequenceNumber":"2","ShardId":"s"},{"SequenceNumber":"3","ShardId":"s"}],"EncryptionType":"NONE"},{}), # Kinesis
(200,{"FailedPutCount":1,"Encrypted":False,"RequestResponses":[{"RecordId":"a"},{"RecordId":"b"},{"ErrorCode":"ServiceUnavailableException","ErrorMessage":"x"},{"RecordId":"c"}]},{}), # Firehose
(200,{"FailedEntryCount":1,"Entries":[{"EventId":"e1"},{"EventId":"e2"},{"EventId":"e3"},{"ErrorCode":"InternalFailure","ErrorMessage":"x"}]},{}), # EventBridge
(200,{"nextSequenceToken":"49","rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1}},{}), # CloudWatch Logs
(200,{"kind":"bigquery#tableDataInsertAllResponse","insertErrors":[{"index":2,"errors":[{"reason":"invalid","location":"took","message":"no such field"}]}]},{}),
(200,{"multicast_id":108,"success":3,"failure":1,"canonical_ids":0,"results":[{"message_id":"1:08"},{"message_id":"2"},{"error":"InvalidRegistration"},{"message_id":"3"}]},{}), # FCM
(200,{"writeResults":[{"updateTime":"2026-01-01T00:00:00Z"}]*4,"status":[{},{},{"code":5,"message":"No document"},{}]},{}), # Firestore batchWrite
(200,{"responses":[{"id":"1","status":201,"body":{"id":"x"}},{"id":"2","status":403,"body":{"error":{"code":"Forbidden","message":""}}},{"id":"3","status":201,"body":{"id":"y"}},{"id":"4","status":201,"body":{"id":"z"}}]},{}), # Graph $batch
(200,{"value":[{"key":"1","status":True,"errorMessage":None,"statusCode":201},{"key":"2","status":False,"errorMessage":"Index is full","statusCode":422},{"key":"3","status":True,"errorMessage":None,"statusCode":201},{"key":"4","status":True,"errorMessage":None,"statusCode":201}]},{}), # Azure Search
(207,{"status":"COMPLETE","results":[{"id":"1"},{"id":"2"},{"id":"3"}],"numErrors":1,"errors":[{"status":"error","category":"VALIDATION_ERROR","message":"Property values were not valid"}],"startedAt":"2026-01-01T00:00:00Z","completedAt":"2026-01-01T00:00:01Z"},{}), # HubSpot
(200,{"data":{"metafieldsSet":{"metafields":[],"userErrors":[{"field":["metafields","0","value"],"message":"is invalid"}]}},"extensions":{"cost":{"requestedQueryCost":10}}},{}), # Shopify
(201,{"issues":[{"id":"1","key":"T-1","self":"u"},{"id":"2","key":"T-2","self":"u"},{"id":"3","key":"T-3","self":"u"}],"errors":[{"status":400,"elementErrors":{"errorMessages":[],"errors":{"summary":"required"}},"failedElementNumber":3}]},{}), # Jira bulk
(200,{"job_status":{"id":"8b","status":"failed","total":4,"progress":4,"message":"x","results":None}},{}), # Zendesk
(200,{"ok":False,"error":"not_authed"},{}),                                   # Slack
(200,{"ok":False,"error_code":403,"description":"Forbidden: bot was kicked"},{}), # Telegram
(200,b'{"success":true}\n{"success":true}\n{"success":false,"error":"Bad JSON.","document":"x"}\n{"success":true}',{"content-type":"text/plain"}), # Typesense
(200,{"responseHeader":{"status":400,"QTime":3},"error":{"metadata":["error-class","SolrException"],"msg":"unknown field","code":400}},{}), # Solr
(200,{"responseHeader":{"errors":[{"type":"ADD","id":"2","message":"ERROR: [doc=2] unknown field"}],"maxErrors":-1,"status":0,"QTime":2}},{}), # Solr tolerant
(200,[{"id":"u1","result":{"status":"SUCCESS"}},{"id":"u2","result":{"status":"FAILED","errors":{"error":[{"message":"invalid"}]}}},{"id":"u3","result":{"status":"SUCCESS"}},{"id":"u4","result":{"status":"SUCCESS"}}],{}), # Weaviate
(200,{"code":1100,"message":"unexpected field took"},{}),                     # Milvus
(200,{"upsertedCount":3},{}),                                                  # Pinecone
(200,{"code":200,"num_records_imported":3,"status":"OK","failed_records":[{"index":2,"insert_id":"x","field":"time","message":"too old"}]},{}), # Mixpanel strict off
(200,{"code":200,"events_ingested":3,"payload_size_bytes":50,"server_upload_time":1396381378123},{}), # Amplitude, fewer
(200,{"response":"success","info":"processed: 3; failed: 1; total: 4; seconds spent: 0.000055"},{}), # Zabbix
(200,{"success":3,"failed":1,"errors":[{"datapoint":{"metric":"m"},"error":"Unable to parse"}]},{}), # OpenTSDB
(200,{"offsets":[{"partition":0,"offset":1,"error_code":None,"error":None},{"partition":0,"offset":2,"error_code":None,"error":None},{"partition":None,"offset":None,"error_code":50003,"error":"timeout"},{"partition":0,"offset":3,"error_code":None,"error":None}],"key_schema_id":None},{}), # Kafka REST v2
(200,b'{"error_code":200,"cluster_id":"c","offset":1}\n{"error_code":200,"offset":2}\n{"error_code":42213,"message":"invalid key"}\n{"error_code":200,"offset":4}',{}), # Kafka REST v3
(200,{"routed":False},{}),                                                     # RabbitMQ publish
(200,{"results":[],"errors":[{"code":"Neo.ClientError.Statement.SyntaxError","message":"x"}]},{}), # Neo4j
(201,{"error":False,"created":3,"errors":1,"empty":0,"updated":0,"ignored":0},{}), # Arango import
(201,{"error":False,"created":3,"errors":0,"empty":0,"updated":0,"ignored":1},{}),
(201,[{"_key":"1","_id":"r/1","_rev":"a"},{"error":True,"errorNum":1210,"errorMessage":"unique constraint violated"},{"_key":"3","_id":"r/3","_rev":"a"},{"_key":"4","_id":"r/4","_rev":"a"}],{"x-arango-error-codes":"1210:1"}),
(202,b"",{"x-arango-error-codes":"1210:1"}),
(200,{"data":{"insert_results":{"affected_rows":3}}},{}),                    # Hasura
(200,{"errors":[{"extensions":{"path":"$","code":"constraint-violation"},"message":"Uniqueness violation"}]},{}),
(200,[{"success":{"objectId":"a"}},{"success":{"objectId":"b"}},{"error":{"code":137,"error":"duplicate"}},{"success":{"objectId":"c"}}],{}), # Parse
(200,{"jsonrpc":"2.0","id":1,"error":{"code":200,"message":"Odoo Server Error","data":{"name":"AccessError"}}},{}),
(200,[{"jsonrpc":"2.0","id":1,"result":7},{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"Invalid params"}},{"jsonrpc":"2.0","id":3,"result":8},{"jsonrpc":"2.0","id":4,"result":9}],{}),
(200,b"<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><array><data><value><int>1</int></value></data></array></value><value><struct><member><name>faultCode</name><value><int>4</int></value></member><member><name>faultString</name><value><string>x</string></value></member></struct></value></data></array></value></param></params></methodResponse>",{}),
(200,b"<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><struct><member><name>message</name><value><string>(reportTCResult) - can not authenticate client: invalid developer key</string></value></member><member><name>code</name><value><int>2000</int></value></member></struct></value></data></array></value></param></params></methodResponse>",{"content-type":"text/xml"}), # TestLink
(200,[{"code":7002,"message":"Test Plan ID is not valid"}],{}),               # TestLink JSON
(202,{"id":5,"type":"queue","state":"FAILED","content":None},{}),              # qTest
(200,{"status":False,"message":"Invalid API token"},{}),                       # Kualitee
(202,{"status":"failed","id":1,"until":"2026-01-01","errorDetails":"x"},{}),  # Octane
(202,{"status":"warning","id":1},{}),
(200,b"<?xml version='1.0' encoding='UTF-8'?><QCRestException><Id>qccore.required-field-missing</Id><Title>Field missing</Title></QCRestException>",{}),
(200,{"OperationResult":{"_rallyAPIMajor":"2","Errors":["Could not read: could not parse null"],"Warnings":[]}},{}), # Rally
(200,{"BatchResult":{"Errors":["Validation error: TestCaseResult.Verdict is required"],"Warnings":[],"Results":[None]}},{}),
(200,{"error":True,"code":102,"message":"You are not authorized","documentation":"u"},{}), # Bugzilla
(200,{"result":None,"error_code":"ERR-INVALID-AUTH","error_info":"API token invalid"},{}), # Conduit
(200,b')]}\'\n{"error":"Not Found"}',{}),
(200,[{"status":202},{"status":202},{"status":400,"error":"Request body is malformed"},{"status":202}],{}), # Honeycomb
(200,b"malformedLines: 1\noversizedLines: 0\nemptyLogLines: 0\nsuccessfulLines: 3",{"content-type":"text/plain"}), # Logz.io
(200,{"ingested":3,"failed":1,"failures":[{"timestamp":"x","error":"bad"}],"processedBytes":10,"blocksCreated":0,"walLength":0},{}), # Axiom
(200,{"text":"Invalid data format","code":6,"invalid-event-number":2},{}),  # Splunk
(200,{"text":"Server is busy","code":9},{}),
(202,{"linesOk":3,"linesInvalid":1,"error":{"code":400,"message":"1 invalid lines"},"warnings":None},{}), # Dynatrace
(202,{"linesOk":3,"linesInvalid":1,"error":None,"warnings":None},{}),
(200,{"default":[{"success":True},{"success":True},{"success":False,"error":{"name":"InvalidPropertyNameError","description":"x"}},{"success":True}]},{}), # Keen
(202,{"accepted":3,"errors":[{"message":"invalid JSON","document":"x"}]},{}), # Elastic APM
(200,{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too big"}},{}),  # OTLP
(200,{"partial_success":{"rejected_log_records":1}},{}),
(200,b"",{"x-amzn-remapped-status":"500","x-result":"failed"}),
(200,{"statusCode":"PARTIAL_SUCCESS","succeeded":["key-0000","key-0001","key-0003"],"unprocessed":["key-0002"]},{}),
(200,{"took":5,"errors":True,"items":[{"create":{"_id":"key-0000","status":201}}]*3+[{"create":{"_id":"key-0003","status":429,"error":{"type":"es_rejected_execution_exception"}}}]},{}),
(200,{"took":5,"timed_out":True,"total":4,"updated":3,"version_conflicts":1,"failures":[]},{}),
(200,{"acknowledged":False,"shards_acknowledged":False},{}),
(200,{"nInserted":3,"writeErrors":[{"index":2,"code":11000,"errmsg":"E11000 duplicate key"}],"ok":1},{}), # Mongo
(200,{"ok":1,"n":4,"writeConcernError":{"code":64,"errmsg":"waiting for replication timed out"}},{}),
(200,{"d":{"__batchResponses":[{"__changeResponses":[{"statusCode":"201"},{"statusCode":"201"},{"statusCode":"201"},{"statusCode":"412","message":"Precondition failed"}]}]}},{}), # OData v2
(200,b"--batch_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}\r\n--batch_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n{}\r\n--batch_1--",{"content-type":"multipart/mixed; boundary=batch_1"}),
(200,{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"processing","diagnostics":"x"}]},{}),
(200,b"MSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.3\rMSA|AE|1|Required field missing",{}),  # HL7
(200,{"success":True,"data":{"import":{"inserted":3,"rejected":[{"row":3,"why":"dup"}]}}},{}),
(200,{"success":True,"data":{"import":{"inserted":3,"seen":4}}},{}),
(200,{"status":"success","data":None,"message":"Nothing imported: run is locked"},{}),
(200,{"jobs":[{"state":"ok"},{"state":"ok"},{"state":"ok"},{"state":"stalled"}]},{}),
(200,{"accepted":["key-0000","key-0001","key-0002"],"duplicates":[],"quarantined":["key-0003"]},{}),
(200,{"meta":{"code":400,"error_type":"APIError"},"data":{}},{}),            # Instagram style
(200,{"response":{"code":"E-401","text":"no"}},{}),
(200,{"retCode":-1,"retMsg":"sign error","result":{}},{}),
(200,{"errcode":40001,"errmsg":"invalid credential"},{}),                     # WeChat
(200,{"Code":"InvalidParameter","Message":"bad","RequestId":"A"},{}),         # Aliyun
(200,{"Response":{"Error":{"Code":"AuthFailure","Message":"x"},"RequestId":"r"}},{}), # Tencent
(200,{"data":[{"id":1},{"id":2},{"id":3},{"id":None,"reason":"closed"}]},{}),
(200,{"data":[{"type":"results","id":"1"},{"type":"results","id":"2"},{"type":"results","id":"3"}]},{}), # jsonapi fewer
(200,{"errors":[{"status":"422","title":"Invalid","source":{"pointer":"/data/2"}}],"jsonapi":{"version":"1.1"}},{}),
(200,{"type":"about:blank","title":"Bad Request","status":400,"detail":"x"},{"content-type":"application/problem+json"}),
(200,{"type":"https://x/quota","title":"Quota exceeded","detail":"daily quota"},{}),
(200,{"redirect":"/login"},{}),
(200,{"redirect_to":"https://sso.example/login?next=/api"},{}),
(200,{"login_required":True},{}),
(200,{"authenticated":False},{}),
(200,b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>",{"content-type":"text/html"}),
(200,b"<html><head><meta http-equiv='refresh' content='0;url=/login'></head></html>",{}),
(200,b'{"results":[{"id":1},{"id":2},{"id":3},{"id":',{}),                    # truncated
(200,b'{"accepted":4',{}),
(200,b'"error"',{}),(200,b"false",{}),(200,b"[]",{}),(200,b"[null,null,null,null]",{}),(200,b"0",{}),(200,b"3",{}),
(200,{"results":[None,None,None,None]},{}),
(200,"Fehler: Projekt nicht gefunden".encode("latin-1"),{"content-type":"text/plain; charset=iso-8859-1"}),
(200,"ошибка".encode(),{}),
(200,'{"ok":false}'.encode("utf-16"),{}),
(200,b'\xef\xbb\xbf{"ok":false}',{}),
(200,b"\x1f\x8b\x08\x00\x00\x00\x00\x00",{}),                                 # gzip that nobody unpacked
(200,{"processed":4,"stored":3},{}),
(200,{"received":"4","valid":"3","invalid":"1"},{}),
(200,{"total":4,"new":2,"updated":1},{}),
(200,{"status":"partial"},{}),(200,{"status":"Partially imported"},{}),(200,{"state":"degraded","imported":4},{}),
(200,{"summary":"3 imported, 1 ignored"},{}),(200,{"log":["row 1 ok","row 2 ok","row 3 FAILED: no name","row 4 ok"]},{}),
(200,{"problems":{"count":1}},{}),(200,{"hasWarnings":False,"hasErrors":True},{}),(200,{"numberOfErrors":"1"},{}),
(200,{"rejectedCount":1,"acceptedCount":3},{}),(200,{"validationResult":{"valid":False}},{}),
(200,{"dryRun":True,"imported":4},{}),(200,{"preview":True,"rows":4},{}),(200,{"simulated":True},{}),
(200,{"exception":"java.lang.NullPointerException","stackTrace":["at x"]},{}),
(200,{"error":{"type":"timeout"},"partial":True},{}),
(200,{"code":"ERR_BAD_REQUEST"},{}),(200,{"status":"UNAUTHORIZED"},{}),(200,{"message":"Unauthorized"},{}),(200,{"message":"Endpoint request timed out"},{}),(200,{"message":"Forbidden"},{}),
(200,{"ids":["1","2","3"]},{}),(200,{"ids":["1","2","2","3"]},{}),(200,{"ids":["1","2","","3"]},{}),(200,{"ids":{"0":"a","1":"b","3":"d"}},{}),
(200,{"progress":"75%"},{}),(200,{"percent_imported":75},{}),(200,{"completion":0.75,"done":False},{}),
(200,{"leftover":["key-0003"]},{}),(200,{"remaining":1,"imported":3},{}),(200,{"outstanding":["key-0002"],"stored":3},{}),(200,{"notInserted":[{"id":"key-0001"}]},{}),
(200,{"retryable":["key-0001"]},{}),(200,{"retry":["key-0001"]},{}),(200,{"toRetry":[2]},{}),(200,{"resend":[2]},{}),
(200,{"unsaved":1},{}),(200,{"unstoredCount":1},{}),(200,{"lostRecords":1},{}),(200,{"droppedSamples":1},{}),(200,{"duplicatesRejected":1},{}),
(200,{"hasFailures":True},{}),(200,{"allStored":False},{}),(200,{"allSucceeded":False},{}),(200,{"everythingOk":False},{}),(200,{"complete":False},{}),(200,{"fullyApplied":False},{}),(200,{"is_success":"N"},{}),(200,{"success":"N"},{}),(200,{"success":0},{}),(200,{"ok":0},{}),(200,{"ok":"0"},{}),(200,{"success":"false"},{}),(200,{"Success":False,"Message":None},{}),(200,{"succeeded":False,"id":4},{}),
(200,{"status":"KO"},{}),(200,{"status":"nok"},{}),(200,{"status":"E"},{}),(200,{"status":"F"},{}),(200,{"status":"ABORTED"},{}),(200,{"status":"denied"},{}),(200,{"status":"TIMEOUT"},{}),(200,{"status":"NOT_FOUND"},{}),(200,{"status":"quota_exceeded"},{}),(200,{"status":"completed_with_warnings","skipped":1},{}),(200,{"result":"failure"},{}),(200,{"result":"none"},{}),(200,{"outcome":"rejected"},{}),(200,{"state":"error"},{}),
(200,{"estado":"error","mensaje":"Proyecto no encontrado"},{}),(200,{"erfolg":False},{}),(200,{"mensagem":"Falha ao importar 1 resultado"},{}),(200,{"message":"Échec de l'import : projet introuvable"},{}),(200,{"message":"エラーが発生しました"},{}),(200,{"message":"保存失败"},{}),(200,b"Projekt wurde nicht gefunden",{}),(200,b"No se pudo guardar",{}),
(200,{"message":"The run has been closed"},{}),(200,{"message":"Please verify your email address"},{}),(200,{"message":"Your trial has ended"},{}),(200,{"message":"Upgrade your plan to store more results"},{}),(200,{"message":"We are down for maintenance"},{}),(200,{"message":"Use HTTPS"},{}),(200,{"message":"This endpoint has moved to /v2"},{}),(200,{"message":"Deprecated: use v2"},{}),(200,{"message":"Missing field: name"},{}),(200,{"message":"Project is archived, results were discarded"},{}),(200,{"message":"3 results stored, see log for the rest"},{}),(200,{"message":"Stored 3 results"},{}),(200,{"message":"stored: 3"},{}),(200,{"message":"Only the first 3 results were taken"},{}),(200,{"message":"Results 1-3 imported"},{}),(200,{"message":"Imported everything except test_2"},{}),(200,{"message":"row 2: name too long"},{}),(200,{"message":"Imported with 1 error"},{}),
(200,b"3 rows inserted",{}),(200,b"INSERT 0 3",{}),(200,b"OK 3",{}),(200,b"rows=3",{}),(200,b"{3 accepted}",{}),(200,b"ERR wrong number of arguments",{}),(200,b"-ERR unknown command\r\n",{}),(200,b"FAIL",{}),(200,b"Access denied.",{}),(200,b"no such table: results",{}),(200,b"Internal Server Error",{}),(200,b"Please log in",{}),(200,b"502 Bad Gateway",{}),(200,b"upstream connect error or disconnect/reset before headers",{}),(200,b"Hello, world!",{}),(200,b"It works!",{}),(200,b"Welcome to nginx!",{}),(200,b"<html><body><h1>It works!</h1></body></html>",{"content-type":"text/html"}),(200,b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code></Error>",{}),
(200,b"ok\nok\nerror: name\nok\n",{}),(200,b"1,ok\n2,ok\n3,error\n4,ok\n",{}),(200,b"id;status\n1;OK\n2;OK\n3;NOK\n4;OK\n",{"content-type":"text/csv"}),(200,b"0\n0\n1\n0\n",{}),(200,b"201\n201\n400\n201\n",{}),
(200,b'{"id":1}\n{"id":2}\n{"id":3}\n',{"content-type":"application/x-ndjson"}),(200,b'{"id":1}\n{"id":2}\n{"error":"x"}\n{"id":4}\n',{}),(200,b'{"level":"info","msg":"start"}\n{"level":"error","msg":"row 2"}\n{"level":"info","msg":"end"}\n',{}),
(200,b'data: {"done":3}\n\ndata: {"error":"row 4"}\n\n',{"content-type":"text/event-stream"}),
(200,{"data":{"createTestResults":{"results":[{"id":1},{"id":2},{"id":3}]}}},{}),(200,{"data":{"createTestResults":{"count":3}}},{}),(200,{"data":{"createTestResults":None}},{}),(200,{"data":{"r0":{"id":1},"r1":{"id":2},"r2":{"id":3},"r3":None},"errors":[{"path":["r3"],"message":"x"}]},{}),(200,{"errors":[{"message":"PersistedQueryNotFound"}]},{}),(200,{"data":{"results":{"__typename":"InputError","fields":["name"]}}},{}),
(200,{"responses":[{"code":201},{"code":201},{"code":422},{"code":201}]},{}),(200,{"responses":[{"status":{"code":0}},{"status":{"code":3,"message":"x"}},{"status":{"code":0}},{"status":{"code":0}}]},{}),(200,{"r":[1,1,0,1]},{}),(200,{"stored":[True,True,False,True]},{}),(200,{"flags":"1101"},{}),(200,{"items":[["key-0000","ok"],["key-0001","ok"],["key-0002","bad name"],["key-0003","ok"]]},{}),(200,{"key-0000":"ok","key-0001":"ok","key-0002":"invalid","key-0003":"ok"},{}),(200,{"key-0000":True,"key-0001":True,"key-0002":False,"key-0003":True},{}),(200,{"key-0000":1,"key-0001":2,"key-0002":None,"key-0003":3},{}),(200,{"key-0000":{"id":1},"key-0001":{"id":2},"key-0003":{"id":3}},{}),
(200,{"results":[{"name":"test_0","id":1},{"name":"test_1","id":2},{"name":"test_3","id":3}]},{}),(200,{"results":[{"name":"test_0","created":True},{"name":"test_1","created":True},{"name":"test_2","created":False,"reason":"exists in another run"},{"name":"test_3","created":True}]},{}),
(200,{"results":[{"outcome":"stored"},{"outcome":"stored"},{"outcome":"discarded"},{"outcome":"stored"}]},{}),(200,{"results":[{"problems":[]},{"problems":["no name"]},{"problems":[]},{"problems":[]}]},{}),(200,{"results":[{"warnings":[]},{"errors":{"name":["blank"]}},{"warnings":[]},{"warnings":[]}]},{}),
(200,{"inserted":3,"updated":0},{}),(200,{"created":2,"updated":1},{}),(200,{"upserted":{"count":3}},{}),(200,{"changes":3},{}),(200,{"rowCount":3},{}),(200,{"affectedRows":3},{}),(200,{"rows_affected":3},{}),(200,{"written":3},{}),(200,{"rowsWritten":"3"},{}),(200,{"saved":["a","b","c"]},{}),(200,{"n":3},{}),(200,{"length":3},{}),(200,{"size":3},{}),(200,{"tests":{"imported":3}},{}),(200,{"summary":{"ok":3,"total":4}},{}),(200,{"ok":3,"ko":1},{}),(200,{"success_count":3,"total_count":4},{}),(200,{"stats":{"in":4,"out":3}},{}),(200,{"in":4,"out":3},{}),(200,{"received":4,"accepted":3},{}),(200,{"received":3},{}),(200,{"got":3},{}),
(201,b"",{"x-rejected-count":"1"}),(200,{"ok":True},{"x-records-failed":"1"}),(200,b"ok",{"x-stored":"3"}),(204,b"",{"x-error":"no such run"}),(202,b"",{"x-accepted":"3"}),(200,b"ok",{"x-api-warning":"1 record was dropped"}),(200,{},{"x-success":"false"}),(206,{"ok":True},{}),(207,b"",{}),(207,{"ok":True},{}),(203,{"error":"cached"},{}),
(200,{"jsonrpc":"2.0","id":None,"error":{"code":-32700,"message":"Parse error"}},{}),(200,{"jsonrpc":"2.0","id":1,"result":{"ok":False}},{}),(200,{"faultCode":1,"faultString":"x"},{}),
(200,{"@type":"hydra:Error","hydra:title":"An error occurred"},{}),(200,{"odata.error":{"code":"","message":{"value":"x"}}},{}),(200,{"Message":"An error has occurred."},{}),(200,{"detail":"Not authenticated"},{}),(200,{"detail":[{"loc":["body",2,"name"],"msg":"field required","type":"value_error.missing"}]},{}),(200,{"name":["This field is required."]},{}),(200,[{},{"name":["This field is required."]},{},{}],{}),(200,{"non_field_errors":["x"]},{}),(200,{"message":["name must be a string"],"error":"Bad Request","statusCode":400},{}),(200,{"timestamp":"2026-01-01","status":500,"error":"Internal Server Error","path":"/x"},{}),(200,{"title":"One or more validation errors occurred.","traceId":"0"},{}),
]  # fmt: skip
TAKEN: Said = [
(200,{"UnprocessedItems":{}},{}),
(200,{"Successful":[{"Id":str(i),"MessageId":f"m{i}"} for i in range(4)],"Failed":[]},{}),
(200,{"Successful":[{"Id":str(i),"MessageId":f"m{i}"} for i in range(4)]},{}),
(200,{"FailedRecordCount":0,"Records":[{"SequenceNumber":str(i),"ShardId":"s"} for i in range(4)],"EncryptionType":"NONE"},{}),
(200,{"FailedPutCount":0,"Encrypted":False,"RequestResponses":[{"RecordId":f"r{i}"} for i in range(4)]},{}),
(200,{"FailedEntryCount":0,"Entries":[{"EventId":f"e{i}"} for i in range(4)]},{}),
(200,{"nextSequenceToken":"49590302989283563411"},{}),
(200,{"kind":"bigquery#tableDataInsertAllResponse"},{}),
(200,{"multicast_id":108,"success":4,"failure":0,"canonical_ids":0,"results":[{"message_id":f"1:{i}"} for i in range(4)]},{}),
(200,{"writeResults":[{"updateTime":"2026-01-01T00:00:00Z"}]*4,"status":[{},{},{},{}]},{}),
(200,{"responses":[{"id":str(i),"status":201,"headers":{},"body":{"id":"x"}} for i in range(4)]},{}),
(200,{"value":[{"key":str(i),"status":True,"errorMessage":None,"statusCode":201} for i in range(4)]},{}),
(201,{"status":"COMPLETE","results":[{"id":str(i)} for i in range(4)],"startedAt":"2026-01-01T00:00:00Z","completedAt":"2026-01-01T00:00:01Z"},{}),
(200,{"data":{"metafieldsSet":{"metafields":[{"id":f"gid://x/{i}"} for i in range(4)],"userErrors":[]}},"extensions":{"cost":{"requestedQueryCost":10,"actualQueryCost":10}}},{}),
(201,{"issues":[{"id":str(i),"key":f"T-{i}","self":"u"} for i in range(4)],"errors":[]},{}),
(200,{"job_status":{"id":"8b","url":"u","status":"queued","total":4,"progress":None,"message":None,"results":None}},{}),
(200,{"ok":True,"channel":"C1","ts":"1503435956.000247"},{}),
(200,{"ok":True,"result":{"message_id":12}},{}),
(200,b'{"success":true}\n{"success":true}\n{"success":true}\n{"success":true}',{"content-type":"text/plain"}),
(200,{"responseHeader":{"status":0,"QTime":3}},{}),
(200,{"responseHeader":{"errors":[],"maxErrors":-1,"status":0,"QTime":2}},{}),
(200,[{"id":f"u{i}","result":{"status":"SUCCESS"}} for i in range(4)],{}),
(200,{"result":{"operation_id":0,"status":"acknowledged"},"status":"ok","time":0.002},{}),   # Qdrant
(200,{"code":0,"data":{"insertCount":4,"insertIds":[1,2,3,4]}},{}),            # Milvus
(200,{"upsertedCount":4},{}),
(200,{"code":200,"num_records_imported":4,"status":"OK"},{}),
(200,{"code":200,"events_ingested":4,"payload_size_bytes":50,"server_upload_time":1396381378123},{}),
(200,{"status":1},{}),                                                          # PostHog, Mixpanel
(200,{"response":"success","info":"processed: 4; failed: 0; total: 4; seconds spent: 0.000055"},{}),
(200,{"success":4,"failed":0,"errors":[]},{}),
(200,{"offsets":[{"partition":0,"offset":i,"error_code":None,"error":None} for i in range(4)],"key_schema_id":None,"value_schema_id":None},{}),
(200,{"routed":True},{}),
(201,{"error":False,"created":4,"errors":0,"empty":0,"updated":0,"ignored":0},{}),
(202,[{"_key":str(i),"_id":f"r/{i}","_rev":"a"} for i in range(4)],{}),
(200,{"data":{"insert_results":{"affected_rows":4}}},{}),
(200,[{"success":{"objectId":f"a{i}","createdAt":"2026-01-01"}} for i in range(4)],{}),
(200,{"jsonrpc":"2.0","id":1,"result":[11,12,13,14]},{}),
(200,[{"jsonrpc":"2.0","id":i,"result":7+i} for i in range(4)],{}),
(200,[{"status":True,"id":f"{i}","message":"Success!","operation":"reportTCResult","overwrite":False} for i in range(4)],{}), # TestLink
(202,{"id":5,"type":"queue","state":"IN_WAITING","content":"","message":""},{}),
(200,{"status":True,"message":"Test results added successfully"},{}),
(202,{"status":"queued","id":1001,"until":"2026-02-01T00:00:00Z"},{}),
(200,{"OperationResult":{"_rallyAPIMajor":"2","Errors":[],"Warnings":[]}},{}),
(200,{"BatchResult":{"Errors":[],"Warnings":[],"Results":[{"Object":{"ObjectID":i}} for i in range(4)]}},{}),
(200,{"result":{"phid":"PHID-1"},"error_code":None,"error_info":None},{}),
(200,[{"status":202}]*4,{}),
(200,{"ingested":4,"failed":0,"failures":[],"processedBytes":10,"blocksCreated":0,"walLength":0},{}),
(200,{"text":"Success","code":0},{}),(200,{"text":"Success","code":0,"ackId":7},{}),
(202,{"linesOk":4,"linesInvalid":0,"error":None,"warnings":None},{}),
(200,{"default":[{"success":True}]*4},{}),
(202,{"accepted":4},{}),(202,b"",{}),(204,b"",{}),(200,b"",{}),
(200,{},{}),(200,{"partialSuccess":{}},{}),
(200,{"took":5,"errors":False,"items":[{"create":{"_index":"t","_id":f"key-{i:04d}","_version":1,"result":"created","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":i,"_primary_term":1,"status":201}} for i in range(4)]},{}),
(200,{"acknowledged":True,"insertedCount":4,"insertedIds":{"0":"a","1":"b","2":"c","3":"d"}},{}),
(200,{"ok":1,"n":4},{}),
(200,{"d":{"__batchResponses":[{"__changeResponses":[{"statusCode":"201"}]*4}]}},{}),
(200,b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}\r\n--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}\r\n--b\r\n\r\nHTTP/1.1 201 Created\r\n\r\n--b\r\n\r\nHTTP/1.1 201 Created\r\n\r\n--b--",{"content-type":"multipart/mixed; boundary=b"}),
(200,{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"Successfully created 4 resources"}]},{}),
(200,b"OK",{}),(200,b"ok\n",{}),(200,b'"OK"',{}),(200,b"Accepted",{}),(202,b"queued",{}),(201,b"Created",{}),(200,b"4",{}),(200,b"Success: 4 results",{}),
(200,{"annotation":"x","message":"Annotation added","id":1},{}),
(200,{"retCode":0,"retMsg":"OK","result":{}},{}),(200,{"errcode":0,"errmsg":"ok"},{}),(200,{"Code":"OK","Message":"OK","RequestId":"A"},{}),
(200,{"Response":{"RequestId":"r"}},{}),(200,{"meta":{"code":200},"data":{}},{}),
(201,{"data":[{"type":"results","id":str(i)} for i in range(4)],"jsonapi":{"version":"1.1"},"links":{"self":"u"}},{}),
(200,{"id":"71","key":"DEMO-71","self":"https://x/71"},{}),(200,{"testExecIssue":{"id":"10200","key":"XNP-24","self":"u"},"testIssues":{"success":[{"key":f"XNP-{i}"} for i in range(4)]}},{}),
(200,{"task":{"id":"AU","status":"PENDING"}},{}),(202,{"taskUid":1,"indexUid":"r","status":"enqueued","type":"documentAdditionOrUpdate","enqueuedAt":"2026-01-01T00:00:00Z"},{}),
(200,{"taskID":1,"objectIDs":["a","b","c","d"]},{}),
(200,{"success":True,"uuid":"a"},{}),(200,{"status":"ok"},{}),(200,{"response":"ok"},{}),(200,{"status":200,"msg":"ok"},{}),
(200,{"name":"-NxyzFirebase"},{}),(200,{"run":{"id":3,"status":"running","failed":1,"passed":2,"skipped":1}},{}),
(200,{"processed":4,"stored":4},{}),(200,{"received":"4","valid":"4","invalid":"0"},{}),(200,{"total":4,"new":2,"updated":2},{}),
(200,{"summary":"4 imported, 0 ignored"},{}),(200,{"ids":["1","2","3","4"]},{}),(200,{"ids":{"0":"a","1":"b","2":"c","3":"d"}},{}),
(200,{"dryRun":False,"imported":4},{}),(200,{"validationResult":{"valid":True}},{}),(200,{"hasWarnings":False,"hasErrors":False},{}),
(200,b"<?xml version='1.0'?><response><status>success</status><count>4</count></response>",{}),
(200,b"<s:Envelope xmlns:s='u'><s:Body><r:addResponse xmlns:r='v'><r:return>true</r:return></r:addResponse></s:Body></s:Envelope>",{}),
(200,"Ergebnisse gespeichert: 4".encode("latin-1"),{"content-type":"text/plain; charset=iso-8859-1"}),
(201,{"createdAt":"2026-01-01","items":[{"name":f"test_{i}","status":["passed","failed","skipped"][i%3]} for i in range(4)]},{}),
(200,b"MSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.3\rMSA|AA|1",{}),
(200,{"hits":0,"misses":0,"id":"b-1"},{}),(200,{"quota":{"used":4,"limit":1000}},{}),(200,{"links":{"run":"https://x/runs/4"}},{}),
(200,{"progress":"100%"},{}),(200,{"percent_imported":100},{}),(200,{"leftover":[]},{}),(200,{"remaining":0,"imported":4},{}),(200,{"retryable":[]},{}),(200,{"allStored":True},{}),(200,{"complete":True},{}),(200,{"is_success":"Y"},{}),(200,{"success":"Y"},{}),(200,{"success":1},{}),(200,{"ok":1},{}),(200,{"ok":"1"},{}),(200,{"success":"true"},{}),(200,{"Success":True,"Message":None},{}),(200,{"succeeded":True,"id":4},{}),
(200,{"status":"OK"},{}),(200,{"status":"DONE"},{}),(200,{"status":"completed"},{}),(200,{"status":"success","skipped":0},{}),(200,{"result":"success"},{}),(200,{"outcome":"accepted"},{}),(200,{"state":"processed"},{}),
(200,{"erfolg":True},{}),(200,{"message":"Ergebnisse wurden gespeichert"},{}),(200,{"message":"保存成功"},{}),(200,{"message":"Resultados guardados correctamente"},{}),(200,{"message":"4 résultats enregistrés"},{}),
(200,{"message":"Stored 4 results"},{}),(200,{"message":"stored: 4"},{}),(200,{"message":"Results 1-4 imported"},{}),(200,{"message":"Imported with 0 errors"},{}),(200,{"message":"Thanks!"},{}),(200,{"message":"Results received, processing"},{}),(200,{"message":"Your results will be visible shortly"},{}),(200,{"message":"Test run updated"},{}),
(200,b"4 rows inserted",{}),(200,b"INSERT 0 4",{}),(200,b"OK 4",{}),(200,b"rows=4",{}),(200,b"+OK\r\n",{}),(200,b"done",{}),(200,b"success",{}),(200,b"Imported.",{}),(200,b"true",{}),(200,b"4\n",{}),(201,b"https://x.example/runs/81",{}),(201,b"81",{}),(200,b"7f9c2ba4-e88f-4a5c-8f5e-1d2c3b4a5f60",{}),
(200,b"ok\nok\nok\nok\n",{}),(200,b"1,ok\n2,ok\n3,ok\n4,ok\n",{}),(200,b"id;status\n1;OK\n2;OK\n3;OK\n4;OK\n",{"content-type":"text/csv"}),(200,b"201\n201\n201\n201\n",{}),
(200,b'{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}\n',{"content-type":"application/x-ndjson"}),
(200,{"data":{"createTestResults":{"results":[{"id":i} for i in range(1,5)]}}},{}),(200,{"data":{"createTestResults":{"count":4}}},{}),(200,{"data":{"r0":{"id":1},"r1":{"id":2},"r2":{"id":3},"r3":{"id":4}}},{}),(200,{"data":{"createTestResults":{"clientMutationId":"x"}}},{}),
(200,{"responses":[{"code":201}]*4},{}),(200,{"responses":[{"status":{"code":0}}]*4},{}),(200,{"r":[1,1,1,1]},{}),(200,{"stored":[True]*4},{}),(200,{"items":[[f"key-{i:04d}","ok"] for i in range(4)]},{}),(200,{f"key-{i:04d}":"ok" for i in range(4)},{}),(200,{f"key-{i:04d}":True for i in range(4)},{}),(200,{f"key-{i:04d}":i+1 for i in range(4)},{}),(200,{f"key-{i:04d}":{"id":i+1} for i in range(4)},{}),
(200,{"results":[{"name":f"test_{i}","id":i+1} for i in range(4)]},{}),(200,{"results":[{"name":f"test_{i}","created":True} for i in range(4)]},{}),(200,{"results":[{"outcome":"stored"}]*4},{}),(200,{"results":[{"problems":[]}]*4},{}),
(200,{"results":[{"name":f"test_{i}","outcome":["PASS","FAIL","SKIP","PASS"][i],"id":i+9} for i in range(4)]},{}),
(200,{"inserted":4,"updated":0},{}),(200,{"created":3,"updated":1},{}),(200,{"upserted":{"count":4}},{}),(200,{"rowCount":4},{}),(200,{"affectedRows":8},{}),(200,{"rows_affected":4},{}),(200,{"rowsWritten":"4"},{}),(200,{"saved":["a","b","c","d"]},{}),(200,{"n":4},{}),(200,{"tests":{"imported":4}},{}),(200,{"summary":{"ok":4,"total":4}},{}),(200,{"ok":4,"ko":0},{}),(200,{"success_count":4,"total_count":4},{}),(200,{"received":4,"accepted":4},{}),(200,{"run":{"id":81,"tests":812,"failed":3}},{}),
(200,{"id":81,"name":"Nightly","created_at":"2026-01-01T00:00:00Z","owner":{"id":3,"name":"Ann","disabled":False}},{}),(201,{"id":"r-1","links":[{"rel":"self","href":"/runs/r-1"},{"rel":"errors","href":"/runs/r-1/errors"}]},{}),(201,{"_id":"x","__v":0,"results":[{"_id":str(i)} for i in range(4)]},{}),(200,{"took_ms":3,"node":"a","ok":True},{}),(202,{"jobId":"j","state":"scheduled","errors":None},{}),(202,{"location":"/jobs/7"},{}),(202,{"operation":"op-1","done":False},{}),(200,{"name":"operations/1","done":True,"response":{}},{}),
(201,b"",{"x-rejected-count":"0"}),(200,b"ok",{"x-stored":"4"}),(202,b"",{"x-accepted":"4"}),(200,{"ok":True},{"x-ratelimit-remaining":"0","x-request-id":"4"}),(200,{"ok":True},{"x-cache":"MISS"}),
(200,{"jsonrpc":"2.0","id":1,"result":{"ok":True}},{}),(200,{"jsonrpc":"2.0","id":1,"result":None},{}),
(200,{"validation":{"errors":[],"warnings":[]},"stored":4},{}),(200,{"errors":{},"data":{"id":1}},{}),(200,{"error":"","data":{"id":1}},{}),(200,{"error":None,"result":"ok"},{}),(200,{"err":0},{}),(200,{"errorCount":0},{}),
]  # fmt: skip

# Answers to five results, of another day.
KEYS = [f"key-{at:04d}" for at in range(5)]
REFUSED_OF_FIVE: Said = [
(200,{"uploaded":4,"total":5},{}),(200,{"uploadedTests":["test_0","test_1","test_2","test_3"]},{}),(200,{"imported":{"tests":4}},{}),(200,{"result":{"added":4,"existing":0}},{}),(200,{"counts":{"ok":4,"nok":1}},{}),(200,{"acks":4},{}),(200,{"ack_count":4},{}),(200,{"events":4},{}),(200,{"data":{"total":5,"success":4}},{}),(200,{"data":{"total":5,"fail":1}},{}),
(200,{"ok":True,"rejected":[{"name":"test_1"}]},{}),(200,{"ok":True,"notes":["test_1 was not found in the plan"]},{}),(200,{"ok":True,"unmapped":["test_1"]},{}),(200,{"ok":True,"unmatchedTests":1},{}),(200,{"ok":True,"orphans":["test_4"]},{}),(200,{"status":"success","results":{"passed":4}},{}),
(200,{"code":"PARTIAL"},{}),(200,{"code":"207"},{}),(200,{"code":1,"msg":"fail"},{}),(200,{"code":-1},{}),(200,{"code":"500"},{}),(200,{"code":"Unauthorized"},{}),(200,{"returnCode":"99"},{}),(200,{"rc":8},{}),(200,{"errno":13,"strerror":"Permission denied"},{}),(200,{"exit":1},{}),
(200,{"error":{"message":None,"code":4}},{}),(200,{"error":["x"]},{}),(200,{"error":{"errors":[{"reason":"x"}]}},{}),(200,{"error_description":"The access token expired"},{}),(200,{"errorDetails":[{"a":1}]},{}),(200,{"validationErrors":{"results[2].name":"must not be blank"}},{}),(200,{"fieldErrors":[{"field":"name"}]},{}),(200,{"modelState":{"x":["y"]}},{}),(200,{"violations":[{"field":"x"}]},{}),(200,{"issues":[{"severity":"error"}]},{}),(200,{"alerts":[{"level":"danger","text":"x"}]},{}),(200,{"messages":[{"type":"error","text":"x"}]},{}),(200,{"message":{"type":"error","text":"x"}},{}),(200,{"notification":{"kind":"failure"}},{}),(200,{"_errors":[1]},{}),(200,{"@errors":[1]},{}),(200,{"meta":{"errors":1}},{}),(200,{"meta":{"error":True}},{}),(200,{"hasError":"true"},{}),(200,{"isError":1},{}),(200,{"failed":True},{}),(200,{"failed":"1"},{}),(200,{"failure":True},{}),
(200,[{"ok":1},{"ok":1},{"ok":0},{"ok":1},{"ok":1}],{}),(200,["ok","ok","ok","ok"],{}),(200,["ok","ok","invalid","ok","ok"],{}),(200,[201,201,201,201,409],{}),(200,[True,True,True,True,False],{}),(200,[1,2,3,4,None],{}),(200,[1,2,3,4,0],{}),(200,[1,2,3,4,-1],{}),(200,[{"id":1},{"id":2},{"id":3},{"id":4},{}],{}),(200,[{"id":1},{"id":2},{"id":3},{"id":4},{"msg":"bad"}],{}),(200,[[1,"ok"],[2,"ok"],[3,"err"],[4,"ok"],[5,"ok"]],{}),(200,[{"s":"A"},{"s":"A"},{"s":"X","m":"no name"},{"s":"A"},{"s":"A"}],{}),
(200,{"results":{KEYS[0]:"created",KEYS[1]:"created",KEYS[2]:"created",KEYS[3]:"created",KEYS[4]:"rejected"}},{}),(200,{"results":{KEYS[0]:{"ok":True},KEYS[1]:{"ok":True},KEYS[2]:{"ok":True},KEYS[3]:{"ok":True},KEYS[4]:{"ok":False}}},{}),(200,{k:{"status":201} for k in KEYS[:4]}|{KEYS[4]:{"status":422}},{}),(200,{"saved":KEYS[:4]},{}),(200,{"savedKeys":KEYS[:4]},{}),(200,{"seen":KEYS[:4]},{}),(200,{"keys":KEYS[:4]},{}),(200,{"done":KEYS[:4],"todo":KEYS[4:]},{}),
(200,b"4 results were imported.",{}),(200,b"Imported 4 of 5 results",{}),(200,b"Imported: 4, failed: 1",{}),(200,b"5 received, 4 stored",{}),(200,b"ok (1 error)",{}),(200,b"ok, but test_3 was ignored",{}),(200,b"Partially accepted",{}),(200,b"WARN: 1 line skipped",{}),(200,b"E: no project",{}),(200,b"error=1",{}),(200,b"status=failed",{}),(200,b"result: FAIL\n",{}),(200,b"{}\n{}\n{}\n{}\n",{}),(200,b"OK\nOK\nOK\nOK\n",{}),(200,b"not ok",{}),(200,b"Unknown API key",{}),(200,b"You have exceeded your quota",{}),(200,b"Service Unavailable",{}),(200,b"deprecated endpoint, nothing stored",{}),(200,b"Cannot POST /api/bulk",{}),(200,b"<h1>Not Found</h1>",{}),(200,b"<script>location='/login'</script>",{}),(200,b"Just a moment...",{}),(200,b"Attention Required! | Cloudflare",{}),(200,b"File not found.",{}),(200,b"no",{}),(200,b"0",{}),(200,b"-1",{}),(200,b"undefined",{}),(200,b"[object Object]",{}),(200,b"Array",{}),
(200,b"<response code='13'/>",{}),(200,b"<result status='partial'/>",{}),(200,b"<results total='5' stored='4'/>",{}),(200,b"<import ok='4' failed='1'/>",{}),(200,b"<r><item id='1'/><item id='2'/><item id='3'/><item id='4'/><item error='x'/></r>",{}),(200,b"<a><b>",{}),
(200,{"data":{"importResults":{"success":True,"failedCount":1}}},{}),(200,{"data":{"importResults":{"results":[{"id":1},{"id":2},{"id":3},{"id":4},None]}}},{}),(200,{"data":{"importResults":False}},{}),(200,{"data":{"importResults":{"problems":[{"index":2}]}}},{}),(200,{"data":{},"errors":[{"message":"x"}]},{}),
(202,{"status":"rejected"},{}),(202,{"state":"failed","id":4},{}),(202,{"accepted":False},{}),(202,{"queued":4},{}),(202,{"id":"j","errors":["x"]},{}),(201,{"created":4},{}),(201,[],{}),(201,{"ids":[]},{}),(204,b"",{"x-dropped":"1"}),(200,{"ok":True},{"x-errors":"1"}),(200,{"ok":True},{"x-import-status":"failed"}),(200,b"",{"x-api-error":"quota"}),
(200,{"msg":"Success","data":{"failList":[{"name":"test_1"}]}},{}),(200,{"msg":"ok","failedData":[1]},{}),(200,{"success":True,"error":"Row 3 skipped"},{}),(200,{"success":True,"warning":"1 result was truncated and dropped"},{}),(200,{"success":True,"skipped":["test_2"]},{}),(200,{"success":True,"message":"Saved 4 results, 1 duplicate name rejected"},{}),
]  # fmt: skip
TAKEN_OF_FIVE: Said = [
(200,{"uploaded":5,"total":5},{}),(200,{"uploadedTests":[f"test_{i}" for i in range(5)]},{}),(200,{"imported":{"tests":5}},{}),(200,{"result":{"added":5,"existing":0}},{}),(200,{"result":{"added":3,"existing":2}},{}),(200,{"counts":{"ok":5,"nok":0}},{}),(200,{"events":5},{}),(200,{"data":{"total":5,"success":5}},{}),(200,{"data":{"total":5,"fail":0}},{}),
(200,{"ok":True,"rejected":[]},{}),(200,{"ok":True,"unmapped":[]},{}),(200,{"status":"success","results":{"passed":2,"failed":2,"skipped":1}},{}),(200,{"code":"SUCCESS"},{}),(200,{"code":"0"},{}),(200,{"code":0,"msg":"success"},{}),(200,{"returnCode":"0"},{}),(200,{"rc":0},{}),(200,{"errno":0,"strerror":""},{}),(200,{"error":None},{}),(200,{"error":[]},{}),(200,{"error":{}},{}),(200,{"validationErrors":{}},{}),(200,{"meta":{"errors":0}},{}),(200,{"failed":False},{}),(200,{"failed":"0"},{}),
(200,[{"ok":1}]*5,{}),(200,["ok"]*5,{}),(200,[201]*5,{}),(200,[True]*5,{}),(200,[1,2,3,4,5],{}),(200,[{"id":i} for i in range(11,16)],{}),(200,[[i,"ok"] for i in range(5)],{}),(200,{"results":dict.fromkeys(KEYS, "created")},{}),(200,{"results":{k:{"ok":True} for k in KEYS}},{}),(200,{k:{"status":201} for k in KEYS},{}),(200,{"saved":KEYS},{}),(200,{"keys":KEYS},{}),
(200,b"5 results were imported.",{}),(200,b"Imported 5 of 5 results",{}),(200,b"Imported: 5, failed: 0",{}),(200,b"ok (0 errors)",{}),(200,b"status=ok",{}),(200,b"result: PASS\n",{}) ,(200,b"OK\nOK\nOK\nOK\nOK\n",{}),(200,b"Data saved successfully",{}),(200,b"Thanks, we got your results",{}),(200,b"run-81",{}),(200,b"id=81",{}),
(200,b"<response code='0'/>",{}),(200,b"<result status='ok'/>",{}),(200,b"<results total='5' stored='5'/>",{}),(200,b"<import ok='5' failed='0'/>",{}),(200,b"<ack code='AA'/>",{}),(200,b"<run><id>81</id><name>Nightly</name></run>",{}),
(200,{"data":{"importResults":{"success":True,"failedCount":0}}},{}),(200,{"data":{"importResults":{"results":[{"id":i} for i in range(5)]}}},{}),(200,{"data":{"importResults":True}},{}),(202,{"status":"accepted"},{}),(202,{"state":"queued","id":4},{}),(202,{"queued":5},{}),(201,{"created":5},{}),(204,b"",{"x-dropped":"0"}),
(200,{"msg":"Success","data":{"failList":[]}},{}),(200,{"success":True,"error":""},{}),(200,{"success":True,"message":"Saved 5 results"},{}),(200,{"id":81,"key":"R-81","summary":{"passed":2,"failed":2,"skipped":1,"total":5}},{}),(200,{"run":{"id":81,"progress":40,"status":"in_progress"}},{}),(200,{"uploadId":"u-1","expiresAt":"2026-12-01T00:00:00Z"},{}),(200,{"token":"abc","next":"/v1/next"},{}),(200,{"server":"eu-1","ms":12,"ok":"yes"},{}),(201,{"href":"https://x.example/login-tests/81"},{}),(200,{"ok":True,"message":"Login tests imported"},{}),(200,{"name":"Error handling suite","id":9},{}),(200,{"project":"failed-builds","run_id":3},{}),
]  # fmt: skip

# Of a third day, to four results again.
FOUR = [f"key-{at:04d}" for at in range(4)]
PROBLEM = {"content-type": "application/problem+json"}
REFUSED_AGAIN: Said = [
(207,{"responses":[{"href":"/r/1","status":"HTTP/1.1 201 Created"},{"href":"/r/2","status":"HTTP/1.1 507 Insufficient Storage"},{"href":"/r/3","status":"HTTP/1.1 201 Created"},{"href":"/r/4","status":"HTTP/1.1 201 Created"}]},{}),
(207,b"<d:multistatus xmlns:d='DAV:'><d:response><d:status>HTTP/1.1 201 Created</d:status></d:response><d:response><d:status>HTTP/1.1 423 Locked</d:status></d:response></d:multistatus>",{}),
(207,[],{}),(207,{},{}),(207,b"multi",{}),(207,{"results":[{"id":1},{"id":2},{"id":3},{"id":4}]},{}),
(200,{"results":[{"name":"test_0","error":None},{"name":"test_1","error":"dup"},{"name":"test_2","error":None},{"name":"test_3","error":None}]},{}),
(200,{"items":[{"ref":k,"accepted":k!="key-0002"} for k in FOUR]},{}),(200,{"items":[{"ref":k,"code":0 if k!="key-0002" else 17} for k in FOUR]},{}),(200,{"items":[{"ref":k,"valid":"yes" if k!="key-0002" else "no"} for k in FOUR]},{}),(200,{"items":[{"ref":k,"http":201 if k!="key-0002" else 413} for k in FOUR]},{}),(200,{"items":[{"ref":k,"state":{"name":"DONE" if k!="key-0002" else "DROPPED"}} for k in FOUR]},{}),(200,{"items":[{"ref":k,"errors":[] if k!="key-0002" else [{"code":"E1"}]} for k in FOUR]},{}),(200,{"items":[{"ref":k,"id":i if i!=2 else None} for i,k in enumerate(FOUR)]},{}),(200,{"items":[{"ref":k,"result":"+" if k!="key-0002" else "-"} for k in FOUR]},{}),
(200,{"count":"3"},{}),(200,{"Count":3},{}),(200,{"COUNT":3,"STATUS":"OK"},{}),(200,{"payload":{"count":3}},{}),(200,{"result":{"count":3,"ids":["a","b","c"]}},{}),(200,{"stored_results":"3"},{}),(200,{"resultsStored":3.0},{}),(200,{"numberOfResults":3},{}),(200,{"number_of_rows_inserted":3},{}),(200,{"new_rows":3},{}),(200,{"rows":3},{}),(200,{"rows":[{},{},{}]},{}),(200,{"affected_rows":"3"},{}),
(200,{"ids":[11,12,13]},{}),(200,{"data":{"ids":[11,12,13]}},{}),(200,{"resultIds":"11,12,13"},{}),(200,{"created_ids":["a","b","c"],"failed_ids":["d"]},{}),(200,["a","b","c"],{}),(200,{"uuids":["a","b","c",None]},{}),(200,{"ids":[11,11,12,13]},{}),
(200,{"envelope":{"header":{"status":"ERROR"},"body":{}}},{}),(200,{"response":{"header":{"resultCode":"03","resultMsg":"NODATA_ERROR"}}},{}),(200,{"d":{"results":{"d":{"error":"x"}}}},{}),(200,{"result":{"result":{"result":{"ok":False}}}},{}),(200,{"body":'{"errors":["x"]}'},{}),(200,{"Items":{"Item":[{"Status":"OK"},{"Status":"OK"},{"Status":"OK"},{"Status":"Error"}]}},{}),(200,{"wrapper":[{"inner":{"rejected":1}}]},{}),
(200,{"data":{"bulkAdd":{"ok":True,"errors":[{"message":"x"}]}}},{}),(200,{"data":{"bulkAdd":[None,{"id":1},{"id":2},{"id":3}]},"errors":[{"path":["bulkAdd",0]}]},{}),(200,{"data":{"bulkAdd":{"inserted":3}}},{}),(200,{"data":{"bulkAdd":{"edges":[{"node":{"id":1}},{"node":{"id":2}},{"node":None},{"node":{"id":4}}]}}},{}),(200,{"errors":[{"message":"Variable $x invalid"}]},{}),(200,[{"data":None,"errors":[{"message":"x"}]}],{}),
(200,b"Only 3 of your 4 results were saved",{}),(200,b"Saved 3 results (1 duplicate title refused)",{}),(200,b"ERROR 1062 (23000): Duplicate entry",{}),(200,b"Fatal error: Allowed memory size exhausted",{}),(200,b"Warning: mysqli_query(): server has gone away",{}),(200,b"Traceback (most recent call last):\n  File x",{}),(200,b"java.lang.NullPointerException",{}),(200,b"ORA-00001: unique constraint violated",{}),(200,b"too many requests",{}),(200,b"rate limited",{}),(200,b"maintenance",{}),(200,b"Bad Gateway",{}),(200,b"nothing imported",{}),(200,b"NO",{}),(200,b"NACK",{}),(200,b"denied",{}),(200,b"ko",{}),
(200,b"<!doctype html><title>Login</title>",{}),(200,b"\n\n  <html lang=en><body>Session expired</body></html>",{}),(200,b"<html><body><form action='/saml'></form></body></html>",{"content-type":"text/html; charset=utf-8"}),(200,b"<head><title>Sign in to continue</title></head>",{}),(200,b"<!-- proxy --><html></html>",{}),(200,b"<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><body>login</body></html>",{}),(200,b"<div id='app'></div><script src='/main.js'></script>",{}),
(200,{"ok":"false"},{}),(200,{"OK":False},{}),(200,{"Ok":0},{}),(200,{"isOk":False},{}),(200,{"result":{"ok":False}},{}),(200,{"ok":False,"data":{"id":4}},{}),
(200,{"status":"PARTIAL_SUCCESS"},{}),(200,{"status":"partially_completed"},{}),(200,{"status":"incomplete"},{}),(200,{"result":"PARTIAL"},{}),(200,{"status":{"state":"partial"}},{}),(200,{"outcome":"some_failed"},{}),
(200,[None,None,None],{}),(200,[None,1,2,3],{}),(200,{"ids":[None]*4},{}),(200,[[],[],[],["x"]],{}),(200,[{}, {}, {}, None],{}),
(200,b'{"ok":true}\n{"ok":true}\n{"ok":true}\n{"ok":false}\n',{}),(200,b'{"id":1}\n{"id":2}\n\n{"id":3}\n',{}),(200,b'{"id":1}\r\n{"id":2}\r\n{"id":3}\r\n{"error":{"status":400}}\r\n',{}),(200,b'{"id":1}\n{"id":2}\n{"id":3}\n{"id"',{}),
(200,{"location":"https://sso.example/signin"},{}),(200,{"redirectUrl":"/sign-in?return=/api"},{}),(200,{"status":302,"url":"/login"},{}),(200,{"code":302},{}),(200,{"action":"redirect","target":"/login"},{}),
(200,b'{"stored": [1,2,3',{}),(200,b'[{"id":1},',{}),(200,b'{"ok":tru',{}),(200,b"{'ok': True}",{}),(200,b"{ok:true}",{}),
(200,gzip.compress(b'{"ok":true}'),{}),(200,b"\x00\x01\x02",{}),(200,b"\x89PNG\r\n",{}),(200,b"%PDF-1.4",{}),(200,b"PK\x03\x04",{}),
(200,'{"erreur":"projet inconnu"}'.encode("latin-1"),{}),(200,'{"message":"Falló"}'.encode(),{}),(200,'{"message":"Ungültig"}'.encode("cp1252"),{}),(200,'{"ok":false}'.encode("utf-16-le"),{}),(200,'{"ok":false}'.encode("utf-32"),{}),
(200,{"data":[{"type":"result","id":"1","attributes":{"state":"created"}},{"type":"result","id":"2","attributes":{"state":"created"}},{"type":"result","id":"3","attributes":{"state":"created"}},{"type":"error","attributes":{"detail":"x"}}]},{}),(200,{"errors":[{"status":"409","title":"Conflict"}]},{}),(200,{"data":[],"meta":{"total":0}},{}),(200,{"jsonapi":{"version":"1.0"},"errors":[{"code":"x"}],"meta":{}},{}),
(200,{"type":"https://x/p","title":"Out of credit","status":403},PROBLEM),(200,{"title":"x"},PROBLEM),(200,{"type":"about:blank","title":"Unprocessable Content","status":422,"errors":[{"pointer":"#/2"}]},{}),(200,{"status":"400","title":"Bad Request","detail":"x","instance":"/r"},{}),
(200,b"<soap:Envelope xmlns:soap='u'><soap:Body><soap:Fault><soap:Reason><soap:Text>x</soap:Text></soap:Reason></soap:Fault></soap:Body></soap:Envelope>",{}),(200,b"<Envelope><Body><Response><Result>false</Result></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><Errors><Error>x</Error></Errors></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><Imported>3</Imported></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><ReturnCode>8</ReturnCode></Response></Body></Envelope>",{}),
(200,{"accepted":"3"},{}),(200,{"failed":"1"},{}),(200,{"code":"404"},{}),(200,{"status":"500"},{}),(200,{"errors":"1"},{}),(200,{"success":"0"},{}),(200,{"rejected":"01"},{}),
]  # fmt: skip
TAKEN_AGAIN: Said = [
(200,{"results":[{"name":f"test_{i}","error":None} for i in range(4)]},{}),(200,{"items":[{"ref":k,"accepted":True} for k in FOUR]},{}),(200,{"items":[{"ref":k,"code":0} for k in FOUR]},{}),(200,{"items":[{"ref":k,"valid":"yes"} for k in FOUR]},{}),(200,{"items":[{"ref":k,"http":201} for k in FOUR]},{}),(200,{"items":[{"ref":k,"state":{"name":"DONE"}} for k in FOUR]},{}),(200,{"items":[{"ref":k,"errors":[]} for k in FOUR]},{}),(200,{"items":[{"ref":k,"id":i+7} for i,k in enumerate(FOUR)]},{}),
(200,{"count":"4"},{}),(200,{"COUNT":4,"STATUS":"OK"},{}),(200,{"payload":{"count":4}},{}),(200,{"result":{"count":4,"ids":["a","b","c","d"]}},{}),(200,{"resultsStored":4.0},{}),(200,{"new_rows":4},{}),(200,{"rows":4},{}),(200,{"resultIds":"11,12,13,14"},{}),(200,["a","b","c","d"],{}),(200,{"ids":[11,12,13,14]},{}),
(200,{"envelope":{"header":{"status":"OK"},"body":{}}},{}),(200,{"response":{"header":{"resultCode":"00","resultMsg":"NORMAL SERVICE"}}},{}),(200,{"body":'{"errors":[]}'},{}),(200,{"Items":{"Item":[{"Status":"OK"}]*4}},{}),
(200,{"data":{"bulkAdd":{"ok":True,"errors":[]}}},{}),(200,{"data":{"bulkAdd":{"inserted":4}}},{}),(200,{"data":{"bulkAdd":{"edges":[{"node":{"id":i}} for i in range(4)]}}},{}),
(200,b"All 4 of your results were saved",{}),(200,b"Saved 4 results",{}),(200,b"ACK",{}),(200,b"YES",{}),(200,b"Accepted 4 results for run 81",{}),(202,b"Your upload will be processed",{}),
(200,{"OK":True},{}),(200,{"isOk":True},{}),(200,{"status":"COMPLETED"},{}),(200,{"result":"COMPLETE"},{}),(200,{"status":{"state":"complete"}},{}),
(200,b'{"ok":true}\n{"ok":true}\n{"ok":true}\n{"ok":true}\n',{}),(200,b'{"id":1}\r\n{"id":2}\r\n{"id":3}\r\n{"id":4}\r\n',{}),
(201,{"location":"https://x.example/runs/81"},{}),(200,{"redirectUrl":"/runs/81"},{}),(200,{"status":200,"url":"/runs/81"},{}),
(200,'{"ok":true,"auteur":"Élodie"}'.encode("latin-1"),{}),(200,'{"message":"Résultats enregistrés"}'.encode(),{}),(200,'{"ok":true}'.encode("utf-16"),{}),(200,b'\xef\xbb\xbf{"ok":true}',{}),
(200,{"data":[{"type":"result","id":str(i),"attributes":{"state":"created"}} for i in range(4)]},{}),(201,{"data":{"type":"run","id":"81","attributes":{"name":"Nightly"}},"links":{"self":"/runs/81"}},{}),
(200,b"<Envelope><Body><Response><Result>true</Result></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><Errors/></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><Imported>4</Imported></Response></Body></Envelope>",{}),(200,b"<Envelope><Body><Response><ReturnCode>0</ReturnCode></Response></Body></Envelope>",{}),
(200,{"accepted":"4"},{}),(200,{"failed":"0"},{}),(200,{"code":"200"},{}),(200,{"status":"200"},{}),(200,{"errors":"0"},{}),(200,{"success":"1"},{}),
]  # fmt: skip
