"""Makes documents with PyPI's cpix, each valid by the schema that it carries, and validates documents of others.

    documents.py make FOLDER     writes NAME.xml for each document below
    documents.py validate        documents as a list of texts from standard input; prints what is wrong with each
"""

import json
import sys
from base64 import b64encode
from pathlib import Path
from uuid import UUID

import cpix
from cpix.drm import playready, widevine
from lxml import etree

FAIRPLAY = "94ce86fb-07ff-4f43-adb8-93d2fa968ca2"


def kid(number):
    """The id of a key: its number eight times, so that nothing is the same backwards."""
    return UUID(f"{number:02x}000000-1111-4222-8333-4444555566{number:02x}")


def key(number, **more):
    """A key: its number sixteen times."""
    return cpix.ContentKey(kid(number), b64encode(bytes([number] * 16)).decode(), **more)


def rule(number, *filters, label=None):
    return cpix.UsageRule(kid(number), list(filters), label)


def document(*keys, rules=(), systems=(), periods=()):
    return cpix.CPIX(
        content_keys=cpix.ContentKeyList(*keys),
        usage_rules=cpix.UsageRuleList(*rules),
        drm_systems=cpix.DRMSystemList(*systems),
        periods=cpix.PeriodList(*periods),
        content_id="der-film",
    )


def of_widevine(number):
    data = widevine.generate_pssh([kid(number)], "test", "film")
    return cpix.DRMSystem(kid(number), widevine.WIDEVINE_SYSTEM_ID, b64encode(data).decode())


def of_playready(number, algorithm="AESCTR"):
    keys = [{"key_id": kid(number), "key": bytes([number] * 16).hex().upper()}]
    data = playready.generate_pssh(keys, "https://la.example/rm", algorithm, algorithm == "AESCTR")
    return cpix.DRMSystem(kid(number), playready.PLAYREADY_SYSTEM_ID, b64encode(data).decode())


def of_fairplay(number):
    line = f'METHOD=SAMPLE-AES,KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1",URI="skd://{number}"'
    media, master = (b64encode(f"#EXT-X-{tag}:{line}".encode()).decode() for tag in ("KEY", "SESSION-KEY"))
    return cpix.DRMSystem(kid(number), FAIRPLAY, hls_signaling_data=media, hls_signaling_data_master=master)


VIDEO, AUDIO = cpix.VideoFilter(), cpix.AudioFilter()
PERIOD = [cpix.KeyPeriodFilter(f"p{number}") for number in range(3)]
BY_INDEX = [cpix.Period(f"p{number}", index=number) for number in range(3)]
BY_TIME = [
    cpix.Period(f"p{number}", start=f"2026-01-01T00:00:{4 * number:02}Z", end=f"2026-01-01T00:00:{4 * number + 4:02}Z")
    for number in range(3)
]

DOCUMENTS = {
    "one-key": document(key(1)),
    "one-key-cbcs": document(key(1, common_encryption_scheme="cbcs")),
    "explicit-iv": document(key(1, common_encryption_scheme="cbcs", explicit_iv=b64encode(bytes(range(16))).decode())),
    "video-and-audio": document(key(1), key(2), rules=[cpix.VideoUsageRule(kid(1)), cpix.AudioUsageRule(kid(2))]),
    "sizes": document(
        key(1),
        key(2),
        key(3),
        rules=[cpix.SDVideoUsageRule(kid(1)), cpix.HDVideoUsageRule(kid(2)), cpix.AudioUsageRule(kid(3))],
    ),
    "sizes-unused": document(
        *map(key, range(1, 6)),
        rules=[
            cpix.UHD2VideoUsageRule(kid(5)),
            cpix.UHD1VideoUsageRule(kid(4)),
            cpix.HDVideoUsageRule(kid(2)),
            cpix.SDVideoUsageRule(kid(1)),
            cpix.AudioUsageRule(kid(3)),
        ],
    ),
    "track-types": document(key(1), key(2), key(3), rules=[rule(1, label="SD"), rule(2, label="HD"), rule(3, label="AUDIO")]),
    "one-key-for-two-rules": document(key(1), key(2), rules=[rule(1, VIDEO), rule(1, AUDIO)]),
    "channels": document(
        key(1),
        key(2),
        key(3),
        rules=[rule(1, VIDEO), rule(2, cpix.AudioFilter(max_channels=2)), rule(3, cpix.AudioFilter(min_channels=3))],
    ),
    "bitrates": document(
        key(1),
        key(2),
        key(3),
        rules=[
            rule(1, VIDEO, cpix.BitrateFilter(max_bitrate=400000)),
            rule(2, VIDEO, cpix.BitrateFilter(min_bitrate=400001)),
            rule(3, AUDIO),
        ],
    ),
    "frame-rates": document(
        key(1),
        key(2),
        key(3),
        rules=[rule(1, cpix.VideoFilter(max_fps=30)), rule(2, cpix.VideoFilter(min_fps=31)), rule(3, AUDIO)],
    ),
    "colours": document(
        key(1),
        key(2),
        key(3),
        rules=[rule(1, cpix.VideoFilter(hdr=False, wcg=False)), rule(2, cpix.VideoFilter(hdr=True)), rule(3, AUDIO)],
    ),
    "labels": document(
        key(1),
        key(2),
        key(3),
        rules=[
            rule(1, cpix.LabelFilter("video-1")),
            rule(2, cpix.LabelFilter("video-2")),
            rule(3, cpix.LabelFilter("audio-1")),
        ],
    ),
    "nothing-fits": document(key(1), key(2), rules=[rule(1, cpix.VideoFilter(min_pixels=99999999)), rule(2, AUDIO)]),
    "names-no-key": document(key(1), rules=[rule(1, VIDEO), rule(9, AUDIO)]),
    "periods": document(*map(key, (5, 6, 7)), rules=[rule(5 + n, PERIOD[n]) for n in range(3)], periods=BY_INDEX),
    "periods-by-time": document(*map(key, (5, 6, 7)), rules=[rule(5 + n, PERIOD[n]) for n in range(3)], periods=BY_TIME),
    "periods-of-pictures": document(
        *map(key, (3, 5, 6, 7)),
        rules=[rule(3, AUDIO), *(rule(5 + n, PERIOD[n], VIDEO) for n in range(3))],
        periods=BY_INDEX,
    ),
    "widevine-and-playready": document(
        key(1),
        key(2),
        rules=[rule(1, VIDEO), rule(2, AUDIO)],
        systems=[of(number) for number in (1, 2) for of in (of_widevine, of_playready)],
    ),
    "playready-cbcs": document(key(1, common_encryption_scheme="cbcs"), systems=[of_playready(1, "AESCBC")]),
    "fairplay": document(key(1, common_encryption_scheme="cbcs"), systems=[of_fairplay(1)]),
    "periods-with-widevine": document(
        *map(key, (5, 6, 7)),
        rules=[rule(5 + n, PERIOD[n]) for n in range(3)],
        periods=BY_INDEX,
        systems=[of_widevine(5 + n) for n in range(3)],
    ),
}


# The package's schema is that of CPIX 2.2. What came later is in its classes, but not in the schema.
LATER = {"ContentKey": ["commonEncryptionScheme"], "CPIX": ["version"], "DRMSystem": ["name"]}


def problem(text):
    """What is wrong with a document: by the schema, or by what it points at."""
    root = etree.fromstring(text)
    for name, attributes in LATER.items():
        for element in root.iter("{urn:dashif:org:cpix}" + name):
            for attribute in attributes:
                element.attrib.pop(attribute, None)
    # It has `KeyPeriodFilter@periodId` as an ID rather than a reference to one: no document with periods is valid to it.
    for number, element in enumerate(root.iter("{urn:dashif:org:cpix}KeyPeriodFilter")):
        element.set("periodId", f"filter-{number}")
    valid, why = cpix.validate(root)
    if not valid:
        return str(why)
    sound, errors = cpix.parse(text).validate_content()
    return None if sound else "; ".join(errors)


if sys.argv[1] == "make":
    for name, made in DOCUMENTS.items():
        Path(sys.argv[2], f"{name}.xml").write_bytes(made.pretty_print(xml_declaration=True))
else:
    print(json.dumps([problem(text.encode()) for text in json.load(sys.stdin)]))
