"""Part of Earshot: what reads a post.

onnxruntime (since 1.32, also on Linux) keeps an id of the machine in its home folder and reports its use to Microsoft,
unless a variable forbids it before it is imported; calling `disable_telemetry_events` afterwards comes too late for the
id. Nothing here imports it before this line ran. The hub's client reports how it is used, too, where a hub is set.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
