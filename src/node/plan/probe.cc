#include "node/plan/probe.h"

#include <charconv>

namespace firesteel::node::plan {
namespace {

using json::string_at;

std::string_view field_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::kStartup:
      return "startupProbe";
    case ActionKind::kLiveness:
      return "livenessProbe";
    case ActionKind::kReadiness:
      return "readinessProbe";
    case ActionKind::kPostStart:
      return "postStart";
    case ActionKind::kPreStop:
      return "preStop";
  }
  return "";
}

bool is_hook(ActionKind kind) {
  return kind == ActionKind::kPostStart || kind == ActionKind::kPreStop;
}

const json::Value* spec_of(const json::Value& container, ActionKind kind) {
  const json::Value* spec = is_hook(kind) ? json::find(container, {"lifecycle", field_of(kind)})
                                          : json::find(container, field_of(kind));
  return spec != nullptr && spec->is_object() ? spec : nullptr;
}

// A number, a number as text, or the name of one of the container's ports.
Result<int> port_of(const json::Value& container, const json::Value& action) {
  const json::Value* port = json::find(action, "port");
  if (port != nullptr && port->is_number()) return static_cast<int>(json::int_at(*port, {}));
  const std::string_view text = string_at(action, "port");
  int number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size())
    return number;
  for (const json::Value& one : json::array_at(container, {"ports"}))
    if (string_at(one, "name") == text)
      return static_cast<int>(json::int_at(one, {"containerPort"}));
  return fail(ErrorCode::kInvalid, fmt::format("couldn't find port \"{}\" of container {}", text,
                                               string_at(container, "name")));
}

Result<Action> http_action(const json::Value& container, const json::Value& get,
                           std::string_view pod_ip) {
  HttpAction action;
  std::string_view host = string_at(get, "host");
  if (host.empty()) host = pod_ip;
  std::string_view path = string_at(get, "path");
  const std::string_view scheme = string_at(get, "scheme") == "HTTPS" ? "https" : "http";
  action.url = fmt::format("{}://{}:{}{}{}", scheme, host, TRY(port_of(container, get)),
                           path.starts_with('/') ? "" : "/", path);
  for (const json::Value& header : json::array_at(get, {"httpHeaders"}))
    action.headers.emplace_back(string_at(header, "name"), string_at(header, "value"));
  return Action(std::move(action));
}

std::optional<Probe> probe_of(const json::Value& container, ActionKind kind) {
  const json::Value* spec = spec_of(container, kind);
  if (spec == nullptr) return std::nullopt;
  Probe probe;
  probe.kind = kind;
  probe.delay = std::chrono::seconds(json::int_at(*spec, {"initialDelaySeconds"}));
  probe.period = std::chrono::seconds(
      std::max<std::int64_t>(1, json::int_at(*spec, {"periodSeconds"}, probe.period.count())));
  probe.success_threshold =
      std::max(1, static_cast<int>(json::int_at(*spec, {"successThreshold"}, 1)));
  probe.failure_threshold =
      std::max(1, static_cast<int>(json::int_at(*spec, {"failureThreshold"}, 3)));
  if (json::find(*spec, "terminationGracePeriodSeconds") != nullptr)
    probe.grace = std::chrono::seconds(json::int_at(*spec, {"terminationGracePeriodSeconds"}));
  return probe;
}

bool passes(const std::vector<Probe>& probes, ActionKind kind) {
  return std::ranges::all_of(
      probes, [kind](const Probe& probe) { return probe.kind != kind || probe.passes; });
}

}  // namespace

std::string_view name_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::kStartup:
      return "Startup";
    case ActionKind::kLiveness:
      return "Liveness";
    case ActionKind::kReadiness:
      return "Readiness";
    case ActionKind::kPostStart:
      return "PostStart";
    case ActionKind::kPreStop:
      return "PreStop";
  }
  return "";
}

Result<Action> action_of(const json::Value& container, ActionKind kind, std::string_view pod_ip) {
  const json::Value* spec = spec_of(container, kind);
  if (spec == nullptr)
    return fail(ErrorCode::kInvalid, fmt::format("no {} is given", field_of(kind)));
  if (const json::Value* get = json::find(*spec, "httpGet"))
    return http_action(container, *get, pod_ip);
  if (const json::Value* tcp = json::find(*spec, "tcpSocket")) {
    std::string host(string_at(*tcp, "host"));
    if (host.empty()) host = pod_ip;
    return Action(TcpAction{std::move(host), TRY(port_of(container, *tcp))});
  }
  if (const json::Value* sleep = json::find(*spec, "sleep"))
    return Action(SleepAction{std::chrono::seconds(json::int_at(*sleep, {"seconds"}))});
  if (json::find(*spec, "exec") != nullptr) {
    ExecAction action;
    for (const json::Value& word : json::array_at(*spec, {"exec", "command"}))
      if (word.is_string()) action.argv.emplace_back(json::view(word.get_string()));
    return Action(std::move(action));
  }
  return fail(
      ErrorCode::kInvalid,
      fmt::format("{}: this node has exec, httpGet and tcpSocket, nothing else", field_of(kind)));
}

std::optional<std::chrono::seconds> timeout_of(const json::Value& container, ActionKind kind) {
  if (is_hook(kind)) return std::nullopt;
  const std::int64_t seconds = json::int_at(container, {field_of(kind), "timeoutSeconds"}, 1);
  return std::chrono::seconds(std::max<std::int64_t>(1, seconds));
}

bool has_hook(const json::Value& container, ActionKind kind) {
  return is_hook(kind) && spec_of(container, kind) != nullptr;
}

std::vector<Probe> probes_of(const json::Value& container) {
  std::vector<Probe> probes;
  for (const ActionKind kind :
       {ActionKind::kStartup, ActionKind::kLiveness, ActionKind::kReadiness})
    if (std::optional<Probe> probe = probe_of(container, kind)) probes.push_back(*probe);
  return probes;
}

void begin(std::vector<Probe>& probes, TimePoint now) {
  for (Probe& probe : probes) {
    probe.passes = probe.kind == ActionKind::kLiveness;
    probe.last_result = false;
    probe.run = 0;
    probe.under_way = false;
    probe.due = now + probe.delay;
  }
}

bool is_active(const Probe& probe, const std::vector<Probe>& probes) {
  return probe.kind == ActionKind::kStartup ? !probe.passes : has_started(probes);
}

Verdict note_result(Probe& probe, bool success, TimePoint now) {
  probe.under_way = false;
  probe.due = now + probe.period;
  probe.run = probe.run > 0 && probe.last_result == success ? probe.run + 1 : 1;
  probe.last_result = success;
  if (probe.run < (success ? probe.success_threshold : probe.failure_threshold))
    return Verdict::kUnchanged;
  const bool first_failure = !success && probe.run == probe.failure_threshold;
  const bool changed = probe.passes != success || first_failure;
  probe.passes = success;
  if (!changed) return Verdict::kUnchanged;
  return success ? Verdict::kPassed : Verdict::kFailed;
}

bool has_started(const std::vector<Probe>& probes) {
  return passes(probes, ActionKind::kStartup);
}

bool is_ready(const std::vector<Probe>& probes) {
  return has_started(probes) && passes(probes, ActionKind::kReadiness);
}

}  // namespace firesteel::node::plan
