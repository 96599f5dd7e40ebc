#pragma once
// The private root of a container, built from inside its new mount namespace. Single-threaded use
// in
// `__pod-init` only: it changes mounts and the root of the calling process.
#include "base/result.h"
#include "node/sandbox.h"

namespace firesteel::node {

// Mounts everything that `sandbox` describes and makes it the root. `privileged`: this is the real
// root, so that owners can be set. Errors: kIo with the mount that failed.
[[nodiscard]] Result<void> enter_root(const Sandbox& sandbox, bool privileged);

}  // namespace firesteel::node
