// Lets the test program be its own pod-init: spawn_sandbox starts /proc/self/exe, and this runs
// before GoogleTest's main.
#include <string_view>

#include <cstdlib>

#include "node/pod_init.h"

namespace {

__attribute__((constructor)) void become_pod_init(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == firesteel::node::kPodInitCommand)
    std::_Exit(firesteel::node::pod_init_main(argc, argv));
}

}  // namespace
