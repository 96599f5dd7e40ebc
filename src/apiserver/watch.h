#pragma once
// The watch verb: events as chunked JSON lines, or as WebSocket text frames when the client asks
// for the upgrade (Spark's fabric8 client does). Without a resourceVersion the existing objects
// come first as ADDED.
#include "apiserver/answer.h"
#include "apiserver/core.h"

namespace firesteel::apiserver {

// Bookmarks when asked for, after this long without an event. fabric8's client over plain HTTP
// cannot close an idle stream (reference spark-submission.md, section 5), so it is given one each
// second.
inline constexpr std::chrono::milliseconds kBookmarkEvery{10000};
inline constexpr std::chrono::milliseconds kBookmarkEveryForOkHttp{1000};

// Answers the whole request; returns when the client, the server or ?timeoutSeconds= ends it.
void serve_watch(Call& call, const Representation& form, net::ResponseWriter& writer);

}  // namespace firesteel::apiserver
