"""Prints candles as they close and grow. Needs pyzmq, and a publisher: make run"""

import json, sys, zmq

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
socket.subscribe("candle/")
while True:
    topic, payload = socket.recv_multipart()
    candle = json.loads(payload)
    values = [candle[name] for name in ("open", "high", "low", "close", "volume")]
    print(candle["symbol"], candle["start"], *values, flush=True)
