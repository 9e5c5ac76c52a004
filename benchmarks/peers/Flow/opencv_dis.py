"""OpenCV's DIS optical flow of a pair of frames: opencv_dis.py FIRST.ppm SECOND.ppm FLOW RUNS THREADS.

Writes the flow, (H,W,2) of float32, and prints, for each preset, its name and the seconds of each run. The presets' flows follow each other in FLOW.
"""
import sys
import time

import cv2

first, second = (cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2GRAY) for path in sys.argv[1:3])
cv2.setNumThreads(int(sys.argv[5]))
with open(sys.argv[3], "wb") as out:
    for name in ("ULTRAFAST", "FAST", "MEDIUM"):
        method = cv2.DISOpticalFlow_create(getattr(cv2, "DISOPTICAL_FLOW_PRESET_" + name))
        flow = method.calc(first, second, None)
        seconds = []
        for _ in range(int(sys.argv[4])):
            time.sleep(0.05)
            start = time.perf_counter()
            flow = method.calc(first, second, None)
            seconds.append(time.perf_counter() - start)
        out.write(flow.tobytes())
        print(name.lower(), *seconds)
print("version", cv2.__version__)
