// Kubeconfig files: merged, searched, changed and read as connections. Names of files in them are
// left alone, so that nothing of this machine is opened.
#include "client/kubeconfig.h"
#include "client/kubeconfig_fields.h"
#include "fuzz/input.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [first, second] = fuzz::parts_of<2>(fuzz::text_of(data, size));
  auto document = client::parse_kubeconfig("first", std::string(first));
  if (!document) return 0;
  if (auto other = client::parse_kubeconfig("second", std::string(second))) {
    client::merge_kubeconfig(*document, *std::move(other));
  }
  client::put_named(*document, "users", "admin", "user", {{"token", "x"}});
  MUST(client::find_named(*document, "users", "admin") != nullptr);
  const bool has_files = first.find("certificate") != std::string_view::npos ||
                         second.find("certificate") != std::string_view::npos ||
                         first.find("client-key") != std::string_view::npos ||
                         second.find("client-key") != std::string_view::npos;
  const client::Kubeconfig config{*document, {}};
  for (const std::string& name : config.context_names()) {
    if (!has_files) (void)config.connection(name);
  }
  MUST(client::remove_named(*document, "users", "admin"));
  client::make_paths_absolute(*document, "/nowhere");
  return 0;
}
