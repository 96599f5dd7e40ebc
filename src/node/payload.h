#pragma once
// The files of a ConfigMap, Secret or projected volume, so that they change all at once under the
// programs that read them: each file is a link through `..data`, which is a link to the directory
// with the present content. Source: kubelet's volume/util/atomic_writer.go.
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/plan/exec_plan.h"

namespace firesteel::node {

struct PayloadOwner {
  std::int64_t user = 0;
  std::int64_t group = 0;
};

// Makes `directory`, which exists, hold exactly `files`. Nothing is touched when it does already.
// When this is root the files belong to `owner`. Errors: kIo; the old content stays then.
[[nodiscard]] Result<void> write_payload(const std::string& directory,
                                         const std::vector<plan::File>& files, PayloadOwner owner);

}  // namespace firesteel::node
