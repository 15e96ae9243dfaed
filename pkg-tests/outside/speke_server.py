"""Runs AWS's reference server for SPEKE on this machine, its Lambda function behind plain HTTP, and AWS played by moto.

    speke_server.py FOLDER       the folder that has src/key_server.py of awslabs/speke-reference-server

Prints its address in one line, and ends with its standard input. What its deployment configures (boxes and headers of DRM
systems, which are the same for every key) comes from the environment.
"""

import os
import sys
import tempfile
import threading
from contextlib import redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    KEYSTORE_BUCKET="keystore",
)

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

one_at_a_time = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """What API Gateway is to the Lambda function, and CloudFront to the bucket with the keys."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with one_at_a_time, redirect_stdout(sys.stderr):  # the server logs by print()
            answer = key_server.server_handler({"body": body, "isBase64Encoded": False, "headers": headers}, None)
        self.answer(answer["statusCode"], answer["headers"], answer["body"].encode())

    def do_GET(self):
        try:
            stored = boto3.client("s3").get_object(Bucket="keystore", Key=self.path.removeprefix("/keys/"))
        except ClientError as error:
            return self.answer(404, {}, str(error).encode())
        self.answer(200, {"Content-Type": "application/octet-stream"}, stored["Body"].read())

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
address = f"http://127.0.0.1:{server.server_port}"
os.environ["KEYSTORE_URL"] = f"{address}/keys"
sys.path.insert(0, str(Path(sys.argv[1], "src")))
mock_aws().start()
boto3.client("s3").create_bucket(Bucket="keystore")

import key_generator
import key_server

with tempfile.TemporaryDirectory() as folder:

    class KeyGenerator(key_generator.KeyGenerator):
        """Keeps its secrets in a folder that goes with the server, rather than in /tmp."""

        def __init__(self):
            super().__init__()
            self.local_secret_folder = folder

    key_server.KeyGenerator = KeyGenerator
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(address, flush=True)
    sys.stdin.read()
