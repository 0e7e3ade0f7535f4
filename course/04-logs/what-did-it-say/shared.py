"""What several questions of what-did-it-say use."""

from watchkeeper import logs


def quality(matches, wanted):
    right = (matches & wanted).sum()
    return {"precision": float(right / matches.sum()), "recall": float(right / max(wanted.sum(), 1))}


def hits(frame):
    return frame.body.str.lower().str.contains("error")


def bad(frame):
    return frame.severity_number >= 17


def kinds(frame):
    return frame.service + ": " + logs.templates(frame.body).template


def enough(counts, share=0.8):
    together = counts.cumsum() / counts.sum()
    return {"kinds": len(counts), "few": int((together < share).sum()) + 1}


def errors_of(recording):
    return recording.logs[recording.logs.severity_number >= 17]
