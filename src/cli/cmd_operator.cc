// `firesteel operator`: the controller, on whatever cluster the process finds itself in (or the
// current context).
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/commands.h"
#include "client/http_api.h"
#include "client/kubeconfig.h"
#include "operator/controller.h"
#include "operator/webhook.h"

namespace firesteel::cli {
namespace {

// A pod's own account comes first: a kubeconfig that happens to be in the image must not win.
Result<client::Connection> in_pod_or_kubeconfig() {
  auto pod = client::in_cluster();
  if (pod || pod.error().code != ErrorCode::kNotFound) return pod;
  return client::default_connection();
}

Result<void> operate(const OperatorOptions& options) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals.valid()) return fail_errno("signalfd");

  const client::Connection connection = TRY(in_pod_or_kubeconfig());
  const auto api = TRY(client::connect(connection, "firesteel-operator"));
  const SystemClock clock;
  operators::Controller::Options controller;
  controller.namespaces = options.namespaces;
  controller.workers = options.workers;
  controller.kubernetes_master = connection.url;
  controller.default_service_account = options.default_service_account;
  const auto running = TRY(operators::Controller::start(*api, clock, controller));
  std::unique_ptr<operators::Webhook> webhook;
  if (options.webhook_port > 0) {
    operators::Webhook::Options serve;
    serve.address = options.webhook_address;
    serve.port = options.webhook_port;
    serve.name = options.webhook_name;
    serve.space = connection.default_namespace;
    webhook = TRY(operators::Webhook::start(*api, clock, std::move(serve)));
  }
  log::info("operator started", {{"kubernetes", connection.url}});

  pollfd wait{signals.get(), POLLIN, 0};
  while (::poll(&wait, 1, -1) <= 0) {
  }
  log::info("operator stopping");
  return {};
}

}  // namespace

int command_operator(const OperatorOptions& options) {
  log::configure(log::Level::kInfo,
                 options.log_format == "json" ? log::Format::kJson : log::Format::kText);
  const auto done = operate(options);
  if (done) return kExitOk;
  log::error(done.error().message);
  return kExitFailed;
}

}  // namespace firesteel::cli
