"""Reads signalling of DRM systems by pywidevine and pyplayready, and prints what it holds as JSON.

Takes a list of {"box": BASE64, "keys": {KEY ID: KEY}} from standard input, both in hex; a box may be a pssh box, or a
PlayReady Object alone.
"""

import base64
import json
import sys

from pyplayready.system.pssh import PSSH as PlayReadyPSSH
from pywidevine.license_protocol_pb2 import WidevinePsshData
from pywidevine.pssh import PSSH

WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
PLAYREADY = "9a04f079-9840-4286-ab92-e65be0885f95"


def widevine(box):
    """What `WidevinePsshData` says, every field that it names."""
    data = WidevinePsshData()
    data.ParseFromString(box.init_data)
    return {
        "fields": sorted(field.name for field, _ in data.ListFields()),
        "keyIds": [key_id.hex() for key_id in data.key_ids],
        "algorithm": WidevinePsshData.Algorithm.Name(data.algorithm),
        "provider": data.provider,
        "contentId": data.content_id.decode(),
        "scheme": data.protection_scheme.to_bytes(4, "big").decode("latin-1").strip("\0"),
    }


def playready(data, keys):
    """What the headers of a PlayReady Object say; checksums are made again from the keys."""
    return [
        {
            "version": header.version.value,
            "url": header.la_url,
            "keys": [
                {
                    "keyId": signed.value.hex,
                    "algorithm": signed.alg_id.value,
                    "checksum": None if signed.checksum is None else signed.verify(bytes.fromhex(keys[signed.value.hex])),
                }
                for signed in header.key_ids
            ],
        }
        for header in PlayReadyPSSH(data).wrm_headers
    ]


def read(box, keys):
    data = base64.b64decode(box)
    if data[4:8] != b"pssh":
        return {"system": "PlayReady Object", "headers": playready(data, keys)}
    parsed = PSSH(data, strict=True)
    system = str(parsed.system_id)
    found = {"system": system, "version": parsed.version}
    if parsed.version == 1:
        found["keyIds"] = [key_id.hex for key_id in parsed.key_ids]
    if system == WIDEVINE:
        found["widevine"] = widevine(parsed)
    if system == PLAYREADY:
        found["headers"] = playready(data, keys)
    return found


print(json.dumps([read(one["box"], one["keys"]) for one in json.load(sys.stdin)]))
