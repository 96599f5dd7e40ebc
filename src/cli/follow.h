#pragma once
// Follows one application until it is at rest: its states as progress, its driver's log on standard
// output.
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "cli/progress.h"
#include "client/http_api.h"

namespace firesteel::cli {

// The application as it was last, at rest; kNotFound when it was deleted meanwhile; kUnavailable
// when the cluster was lost, or `stop` was requested. The log of every attempt is printed from its
// start.
[[nodiscard]] Result<json::Document> follow_application(client::HttpApi& api,
                                                        const std::string& space,
                                                        const std::string& name, Progress& progress,
                                                        StopToken stop);

}  // namespace firesteel::cli
