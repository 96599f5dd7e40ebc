// The program. Containers' first process is this binary too, and must not do anything before it
// becomes that.
#include <string_view>

#include "cli/args.h"
#include "cli/console.h"
#include "node/pod_init.h"

int main(int argc, char** argv) {
  using namespace firesteel;
  if (argc > 1 && std::string_view(argv[1]) == node::kPodInitCommand) {
    return node::pod_init_main(argc - 1, argv + 1);
  }
  const auto command = cli::parse_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!command) {
    const cli::Message& message = command.error();
    if (message.exit_code == cli::kExitOk) {
      cli::print_out(message.text);
    } else {
      cli::print_error(message.text);
    }
    return message.exit_code;
  }
  return cli::dispatch(*command);
}
