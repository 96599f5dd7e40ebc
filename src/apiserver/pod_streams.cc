#include "apiserver/pod_streams.h"

#include "apiserver/answer.h"
#include "apiserver/kubelet_link.h"
#include "apiserver/pod_logs.h"
#include "apiserver/request_path.h"
#include "apiserver/webhook_admission.h"
#include "kube/object.h"
#include "kube/query_flag.h"
#include "net/client.h"
#include "net/relay.h"
#include "net/spdy.h"
#include "net/websocket.h"

namespace firesteel::apiserver {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kBadRequest, std::move(message));
}

// Source: core/v1 validation, ValidatePodExecOptions and ValidatePodAttachOptions.
Result<void> check_options(const net::Query& query, bool exec) {
  if (!query_flag(query, "stdin") && !query_flag(query, "stdout") && !query_flag(query, "stderr"))
    return bad("you must specify at least 1 of stdin, stdout, stderr");
  if (query_flag(query, "tty") && query_flag(query, "stderr"))
    return bad("tty and stderr cannot both be true");
  if (exec && query_value(query, "command").empty())
    return bad("you must specify at least 1 command for the container");
  return {};
}

Result<net::UpgradeAnswer> ask_kubelet(const json::Value& pod, const json::Value& node,
                                       const net::Request& request, std::string_view subresource,
                                       const net::TlsClientOptions& tls, const StopToken& stop) {
  net::Request to;
  to.target = TRY(stream_target(pod, request, subresource));
  if (node.is_null())
    return fail(ErrorCode::kUnavailable,
                fmt::format("node \"{}\" of pod \"{}\" is not there",
                            json::string_at(pod, {"spec", "nodeName"}), kube::name_of(pod)));
  net::ClientOptions options;
  options.url = TRY(kubelet_url(node));
  options.tls = tls;
  options.stop = stop;
  to.method = request.method;
  to.headers = {{"Connection", "Upgrade"}};
  for (const auto& [name, value] : request.headers.fields()) {
    const net::Headers one{{name, value}};
    for (const std::string_view kept : {"Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
                                        "Sec-WebSocket-Protocol", "X-Stream-Protocol-Version"})
      if (one.contains(kept)) to.headers.add(name, value);
  }
  const auto client =
      TRY(context(net::Client::create(options), "connect to the node agent " + options.url));
  auto answer = TRY(context(client->upgrade(to), "ask the node agent " + options.url));
  if (answer.stream != nullptr) return answer;
  const int status = answer.response.status;
  return fail(status == 404 || status == 400 ? ErrorCode::kBadRequest : ErrorCode::kInternal,
              "unable to upgrade connection: " + answer.response.body);
}

}  // namespace

Result<void> admit_stream(Call& call) {
  const std::string& subresource = call.path.subresource;
  const bool forward = subresource == "portforward";
  const std::string kind = forward                 ? "PodPortForwardOptions"
                           : subresource == "exec" ? "PodExecOptions"
                                                   : "PodAttachOptions";
  json::Object options{{"kind", kind}, {"apiVersion", "v1"}};
  json::Array ports;
  json::Array command;
  for (const auto& [name, value] : call.query) {
    if (name == "command" && subresource == "exec") command.emplace_back(value);
    if (name == "ports" && forward) ports.emplace_back(std::atoi(value.c_str()));
    if (name == "container" && !forward) options["container"] = value;
    const bool flag = name == "stdin" || name == "stdout" || name == "stderr" || name == "tty";
    if (flag && !forward && kube::query_flag(value)) options[name] = true;
  }
  if (!ports.empty()) options["ports"] = std::move(ports);
  if (!command.empty()) options["command"] = std::move(command);
  json::Value object(std::move(options));
  return admit_subresource(call, AdmissionOperation::kConnect, {"", "v1", "pods", kind}, object);
}

bool is_stream_subresource(std::string_view subresource) {
  return subresource == "exec" || subresource == "attach" || subresource == "portforward";
}

Result<std::string> stream_target(const json::Value& pod, const net::Request& request,
                                  std::string_view subresource) {
  const net::Query query = net::query_of(request.target);
  const bool forward = subresource == "portforward";
  std::string path = fmt::format("/{}/{}/{}", forward ? "portForward" : subresource,
                                 kube::namespace_of(pod), kube::name_of(pod));
  if (!forward) {
    TRY(check_options(query, subresource == "exec"));
    const std::string container = TRY(choose_log_container(pod, query_value(query, "container")));
    path += "/" + net::percent_encode(container);
  }
  if (json::string_at(pod, {"spec", "nodeName"}).empty())
    return bad(fmt::format("pod {} does not have a host assigned", kube::name_of(pod)));
  const std::string_view phase = json::string_at(pod, {"status", "phase"});
  if (forward && phase != "Running")
    return bad(
        fmt::format("unable to forward port because pod is not running. Current status={}", phase));
  if (!net::is_websocket_upgrade(request) && !net::spdy::is_spdy_upgrade(request))
    return bad(
        fmt::format("{} needs an upgrade of the connection to websocket or SPDY/3.1; this "
                    "client asks for '{}'",
                    subresource, request.headers.get("Upgrade")));
  const std::size_t question = request.target.find('?');
  if (question != std::string::npos) path += request.target.substr(question);
  return path;
}

void serve_pod_stream(const json::Value& pod, const json::Value& node, const net::Request& request,
                      std::string_view subresource, const net::TlsClientOptions& kubelet_tls,
                      net::ResponseWriter& writer) {
  Result<net::UpgradeAnswer> answer =
      ask_kubelet(pod, node, request, subresource, kubelet_tls, writer.stop());
  if (!answer) {
    // A client that has gone needs no answer.
    (void)writer.send(render_error(answer.error(), &kube::resources::kPods, kube::name_of(pod)));
    return;
  }
  net::Headers headers{{"Connection", "Upgrade"}};
  for (const std::string_view name :
       {"Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "X-Stream-Protocol-Version"})
    if (const std::string_view value = answer->response.headers.get(name); !value.empty())
      headers.add(std::string(name), std::string(value));
  const Result<net::Stream*> stream = writer.upgrade(headers);
  if (!stream) return;
  net::relay(**stream, *answer->stream, std::move(answer->early), writer.stop());
}

}  // namespace firesteel::apiserver
