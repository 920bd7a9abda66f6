"""Answers that a table describes, to the results a, b and c, with what each has to mean: written down
before they were tried.

The table, the status, the body, and A: all accepted; D: doubt; WHOLE: the batch is refused; REF: it
is, by its status; CULPRITS 1,2: these are; ({1: "words"}, {2: "words"}): refused, and later.
"""

from __future__ import annotations

from typing import Any

E: dict[str, Any] = {"items": "/results", "failed": "/error", "reason": "/error/message"}
EI: dict[str, Any] = {**E, "id": "/id"}
S: dict[str, Any] = {"items": "/rows", "status": "/state", "reason": "/why"}
EXPLAINED: list[tuple[dict[str, Any], int, Any, Any]] = [
(E,200,{"results":[{},{},{}]},"A"),
(E,200,{"results":[{"error":None},{"error":{"message":"bad name"}},{"error":None}]},({1:"bad name"},{})),
(E,207,{"results":[{"status":201},{"status":422,"error":{"message":"m"}},{"status":429,"error":{"message":"slow"}}]},({1:"m"},{2:"slow"})),
(E,207,{"results":[{"status":201},{"status":503,"error":{"message":"m"}},{"status":201}]},({},{1:"m"})),
(E,207,{"results":[{"status":"503"},{"status":201},{"status":201}]},"D"),   # a 503 that `failed` does not explain
(E,200,{"results":[{"error":False},{"error":""},{"error":[]}]},"A"),
(E,200,{"results":[{"error":"none"},{"error":"null"},{"error":"0"}]},"A"),
(E,200,{"results":[{"error":"x"},{},{}]},({0:"x"},{})),
(E,200,{"results":[{"error":{"message":""}},{},{}]},({0:""},{})),        # rejected, some words
(E,200,{"results":[{"error":True,"message":"taboo"},{},{}]},({0:"taboo"},{})),
(E,200,{"results":[{},{}]},"D"),(E,200,{"results":[{},{},{},{}]},"D"),(E,200,{"results":{}},"D"),(E,200,{},"D"),(E,200,b"","D"),(E,200,b"ok","D"),(E,200,b"<html>login</html>","D"),
(E,200,{"results":[{},{},{}],"errors":["x"]},"D"),
(E,200,{"results":[{},{},{}],"message":"1 result was dropped"},"D"),
(E,200,{"results":[{"error":{"message":"m"}},{},{}],"errors":True,"failed_count":1},({0:"m"},{})),
(E,200,{"results":[{"error":{"message":"m"}},{},{}],"failed_count":2},"D"),
(E,200,{"results":[{"error":{"message":"m"}},{},{}],"accepted":2,"rejected":1},({0:"m"},{})),
(E,200,{"results":[{"error":{"message":"m"}},{},{}],"accepted":1},"D"),
(E,200,{"results":[None,{},{}]},"D"),
(E,200,{"results":["ok","ok","ok"]},"D"),
(E,200,{"results":[{"ok":True},{"ok":False},{"ok":True}]},"D"),              # the table looks at the wrong key
(E,200,{"results":[{"state":"stored"},{"state":"refused"},{"state":"stored"}]},"D"),
(EI,200,{"results":[{"id":"c"},{"id":"a"},{"id":"b","error":{"message":"m"}}]},({1:"m"},{})),
(EI,200,{"results":[{"id":"c"},{"id":"a"},{"id":"a"}]},"D"),
(EI,200,{"results":[{"id":"c"},{"id":"a"},{"id":"z"}]},"D"),
(EI,200,{"results":[{"id":"c"},{"id":"a"}]},"D"),
(EI,200,{"results":[{"id":"c"},{"id":"a"},{}]},"D"),
(EI,200,{"results":[{"id":"c","error":{"message":"1"}},{"id":"a","error":{"message":"2"}},{"id":"b","error":{"message":"3"}}]},({2:"1",0:"2",1:"3"},{})),
({**EI,"already":["duplicate"]},200,{"results":[{"id":"a"},{"id":"b","error":{"message":"duplicate key"}},{"id":"c","error":{"message":"m"}}]},({2:"m"},{})),
({**EI,"already":["duplicate"]},200,{"results":[{"id":"a"},{"id":"b","error":{"message":"duplicate key"}},{"id":"c"}]},"A"),
({**E,"already":"(?i)exists"},409,{"error":"Exists already"},"A"),
({**E,"already":"(?i)exists"},409,{"error":"locked"},"REF"),
({"items":"/items","within":"*","failed":"/error","reason":"/error/reason","already":["version_conflict"]},200,{"errors":True,"items":[{"create":{"_id":"a","status":201}},{"create":{"_id":"b","status":409,"error":{"type":"version_conflict_engine_exception","reason":"version conflict"}}},{"create":{"_id":"c","status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue"}}}]},({},{2:"queue"})),
({"items":"/items","within":"*","failed":"/error","reason":"/error/reason"},200,{"errors":True,"items":[{"create":{"status":201}},{"create":{"status":400,"error":{"type":"mapper","reason":"bad"}}},{"index":{"status":201}}]},({1:"bad"},{})),
({"items":"/items","within":"*","failed":"/error"},200,{"errors":True,"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]},"D"),
({"items":"/items","within":"*","failed":"/error"},200,{"errors":False,"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]},"A"),
(S,200,{"rows":[{"state":"stored"},{"state":"stored"},{"state":"stored"}]},"A"),
(S,200,{"rows":[{"state":"stored"},{"state":"rejected","why":"w"},{"state":"stored"}]},({1:"w"},{})),
(S,200,{"rows":[{"state":"stored"},{"state":"odd"},{"state":"stored"}]},"D"),
(S,200,{"rows":[{"state":201},{"state":400,"why":"w"},{"state":500,"why":"v"}]},({1:"w"},{2:"v"})),
(S,200,{"rows":[{"state":"201"},{"state":"400 Bad Request"},{"state":"201"}]},({1:"400 Bad Request"},{})),
(S,200,{"rows":[{"state":True},{"state":False,"why":"w"},{"state":True}]},({1:"w"},{})),
(S,200,{"rows":[{"state":"OK"},{"state":"ERROR"},{"state":"Created"}]},({1:""},{})),
(S,200,{"rows":[{"state":"stored"},{"state":"skipped","why":"dup"},{"state":"stored"}]},({1:"dup"},{})),
(S,200,{"rows":[{"state":"stored"},{"state":"updated"},{"state":"unchanged"}]},"A"),
(S,200,{"rows":[{"state":"STORED"},{"state":"Queued"},{"state":" ok "}]},"A"),
(S,200,{"rows":[{"state":None},{"state":"ok"},{"state":"ok"}]},"D"),
(S,200,{"rows":[{"state":["ok"]},{"state":"ok"},{"state":"ok"}]},"D"),
(S,200,{"rows":[{"state":{"code":"ok"}},{"state":"ok"},{"state":"ok"}]},"D"),
({**S,"taken":["C","U"]},200,{"rows":[{"state":"C"},{"state":"U"},{"state":"R","why":"no"}]},({2:"no"},{})),
({**S,"taken":["C","U"]},200,{"rows":[{"state":"C"},{"state":"U"},{"state":"C"}]},"A"),
({**S,"taken":[0]},200,{"rows":[{"state":0},{"state":0},{"state":3,"why":"no"}]},({2:"no"},{})),
({**S,"taken":["0"]},200,{"rows":[{"state":0},{"state":"0"},{"state":0}]},"A"),
({**S,"taken":["ok"]},200,{"rows":[{"state":"ok"},{"state":"OK"},{"state":"ok"}]},({1:""},{})),  # the list of the user is the user's
({"items":"/rows","status":"/s","id":"/k"},200,{"rows":[{"k":"b","s":"ok"},{"k":"c","s":"failed"},{"k":"a","s":"ok"}]},({2:""},{})),
({"items":"/rows"},200,{"rows":[1,2,3]},"A"),({"items":"/rows"},200,{"rows":[1,None,3]},({1:""},{})),({"items":"/rows"},200,{"rows":["a","b","c"]},"A"),
({"items":"/rows"},200,{"rows":[{"id":1},{"id":2},{"error":"x"}]},"D"),
({"items":"/"},200,[{"ok":True},{"ok":True},{"ok":True}],"A"),
({"items":"/","failed":"/error"},200,[{"ok":True},{"error":"x"},{"ok":True}],({1:"x"},{})),
({"items":"/","failed":"/error"},200,b'{"ok":true}\n{"error":"x"}\n{"ok":true}\n',({1:"x"},{})),
({"items":"/lines","failed":"/error"},200,b'{"ok":true}\n{"error":"x"}\n{"ok":true}\n',({1:"x"},{})),
({"items":"/","failed":"/error"},200,b'{"ok":true}\n{"error":"x"}\n',"D"),
({"items":"/","failed":"/error"},200,b'{"ok":true}\n{"error":"x"}\n{"ok":tr',"D"),
({"items":"/r/i","status":"/s","reason":"/text"},200,b"<r><i s='ok'/><i s='error'>taboo</i><i s='ok'/></r>",({1:"taboo"},{})),
({"items":"/r/i","status":"/s"},200,b"<r><i s='ok'/><i s='ok'/></r>","D"),
({"count":"/n"},200,{"n":3},"A"),({"count":"/n"},200,{"n":"3"},"A"),({"count":"/n"},200,{"n":2},"D"),({"count":"/n"},200,{"n":4},"D"),({"count":"/n"},200,{},"D"),({"count":"/n"},200,b"3","D"),({"count":"/"},200,b"3","A"),({"count":"/"},200,b"2","D"),
({"count":"/n"},200,{"n":3,"errors":["x"]},"D"),({"count":"/n"},200,{"n":3.0},"A"),({"count":"/n"},200,{"n":True},"D"),
({"count":"/n"},202,b"","D"),({"count":"/n"},207,{"n":3},"A"),({"count":"/n"},204,b"","D"),
({"count":"/n","failed":"/err"},200,{"n":3,"err":None},"A"),({"count":"/n","failed":"/err"},200,{"n":3,"err":"x"},"WHOLE"),
({"failed":"/error"},200,{"error":None,"id":4},"A"),({"failed":"/error"},200,{"error":"quota"},"WHOLE"),({"failed":"/error"},200,{"id":4},"A"),({"failed":"/error"},200,b"","A"),({"failed":"/error"},200,b"fine","D"),
({"failed":"/error"},200,{"error":None,"results":[{"ok":True},{"ok":False},{"ok":True}]},"D"),({"failed":"/error"},200,{"error":0,"inserted":2},"D"),
({"failed":"/errors","reason":"/errors/0/message"},200,{"data":None,"errors":[{"message":"Forbidden"}]},"WHOLE"),
({"failed":"/errors"},200,{"data":{"add":{"affected":3}}},"A"),
({"failed":"/error","ignore":["/warnings"]},200,{"error":None,"warnings":["unknown field dropped"]},"A"),
({"failed":"/error","ignore":["X-Errors"]},200,{"error":None},"A"),
({"empty":"doubt"},204,b"","D"),({"empty":"doubt"},200,b"  \n","D"),({"empty":"accept"},204,b"","A"),({"empty":"accept"},207,b"","D"),
({"culprits":{"path":"/errors","match":"^Row ([0-9]+) "}},400,{"ok":False,"errors":["Row 1 is bad","Row 2 is bad"]},"CULPRITS 1,2"),
({"culprits":{"path":"/errors","match":"^Row ([0-9]+) "}},400,{"errors":["Row 7 is bad"]},"REF"),
({"culprits":{"path":"/errors","match":"^Row ([0-9]+) "}},400,{"errors":"Row 0 is bad"},"CULPRITS 0"),
({"culprits":{"path":"/data","reason":"/message"}},422,{"data":{"1":{"message":"bad"}}},"CULPRITS 1"),
({"culprits":{"path":"/e","match":"results\\.(\\d+)\\."}},422,{"e":{"results.2.name":["required"]}},"CULPRITS 2"),
({"culprits":{"path":"/detail","match":"'body', 'results', (\\d+)"}},422,{"detail":[{"loc":["body","results",1,"name"],"msg":"field required"}]},"REF"),
({"culprits":{"path":"/e","match":"Row (.)"}},200,{"e":["Row 1 x"]},({1:"Row 1 x"},{})),
({"culprits":{"path":"/e","match":"Row (.)"}},500,{"e":["Row 1 x"]},"D"),
({"ignore":["/failed"]},200,{"failed":2,"accepted":1},"D"),({"ignore":["/failed"]},200,{"failed":2},"A"),
]  # fmt: skip
