#include "operator/decide/ui.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "kube/object.h"
#include "spark/names.h"

namespace firesteel::operators::decide {
namespace {

constexpr std::string_view kCreatedBy = "sparkoperator.k8s.io/created-by-spark-operator";
constexpr std::string_view kDefaultPortName = "spark-driver-ui-port";
constexpr std::string_view kRewrite = "nginx.ingress.kubernetes.io/rewrite-target";

// FNV-1a, eight hexadecimal digits: only to keep cut names apart.
std::string digest(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("{:08x}", hash);
}

std::string limited_name(std::string_view application, std::string_view suffix) {
  std::string name = fmt::format("{}{}", application, suffix);
  if (name.size() <= spark::kMaxServiceNameLength) return name;
  const std::size_t kept = spark::kMaxServiceNameLength - 9 - suffix.size();
  return fmt::format("{}-{}{}", application.substr(0, kept), digest(application), suffix);
}

std::string ui_ingress_name(std::string_view application) {
  return limited_name(application, "-ui-ingress");
}

std::string driver_service_name(std::string_view application, std::int64_t port) {
  return limited_name(application, fmt::format("-driver-{}", port));
}

std::string driver_ingress_name(std::string_view application, std::int64_t port) {
  return limited_name(application, fmt::format("-ing-{}", port));
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

struct Url {
  std::string scheme;
  std::string host;  // with the port, if any
  std::string path;  // "" or "/x", without a slash at the end
};

Url url_of(std::string_view format, const json::Value& application, const Status& status) {
  std::string text(format);
  replace_all(text, "{{$appName}}", kube::name_of(application));
  replace_all(text, "{{$appNamespace}}", kube::namespace_of(application));
  replace_all(text, "{{$appId}}", status.spark_application_id);
  Url url;
  url.scheme = "http";
  const std::size_t scheme = text.find("://");
  if (scheme != std::string::npos) {
    url.scheme = text.substr(0, scheme);
    text.erase(0, scheme + 3);
  }
  const std::size_t slash = text.find('/');
  url.host = text.substr(0, slash);
  if (slash != std::string::npos) url.path = text.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

// Ours win over the user's: they are what finds the object again.
json::Object metadata(const json::Value& application, const Status& status, std::string name,
                      const json::Object& labels, const json::Object& annotations) {
  json::Object all = labels;
  all[spark::kLabelAppName] = kube::name_of(application);
  all[spark::kLabelSubmissionId] = status.submission_id;
  all[kCreatedBy] = "true";
  json::Object meta{{"name", std::move(name)},
                    {"namespace", kube::namespace_of(application)},
                    {"labels", std::move(all)}};
  if (!annotations.empty()) meta["annotations"] = annotations;
  return meta;
}

struct Port {
  std::string_view name;
  std::int64_t number = 0;
  std::int64_t target = 0;
};

// `options` is spec.sparkUIOptions or one of spec.driverIngressOptions.
json::Value service(const json::Value& application, const Status& status, std::string name,
                    const json::Value& options, const Port& port) {
  const std::string_view type = json::string_at(options, "serviceType");
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "Service"},
                      {"metadata", metadata(application, status, std::move(name),
                                            json::object_at(options, {"serviceLabels"}),
                                            json::object_at(options, {"serviceAnnotations"}))},
                      {"spec",
                       {{"type", type.empty() ? std::string_view("ClusterIP") : type},
                        {"ports", json::Array{json::Object{{"name", port.name},
                                                           {"port", port.number},
                                                           {"protocol", "TCP"},
                                                           {"targetPort", port.target}}}},
                        {"selector",
                         {{spark::kLabelAppName, kube::name_of(application)},
                          {spark::kLabelSparkRole, spark::kRoleDriver}}}}}};
}

json::Value ingress(const json::Value& application, const Status& status, std::string name,
                    const json::Value& options, const Url& url, std::string_view service,
                    std::int64_t port, const Settings& settings) {
  json::Object annotations = json::object_at(options, {"ingressAnnotations"});
  // Below a path the proxy has to take it away again: Spark serves at the root.
  if (!url.path.empty()) annotations[kRewrite] = "/$2";
  json::Object path{{"path", url.path.empty() ? "/" : url.path + "(/|$)(.*)"},
                    {"pathType", "ImplementationSpecific"},
                    {"backend", {{"service", {{"name", service}, {"port", {{"number", port}}}}}}}};
  json::Object rule{{"host", url.host.substr(0, url.host.find(':'))},
                    {"http", {{"paths", json::Array{std::move(path)}}}}};
  json::Object spec{{"rules", json::Array{std::move(rule)}}};
  const json::Array& tls = json::array_at(options, {"ingressTLS"});
  if (!tls.empty()) spec["tls"] = tls;
  if (!settings.ingress_class_name.empty()) {
    spec["ingressClassName"] = settings.ingress_class_name;
  }
  return json::Object{{"apiVersion", "networking.k8s.io/v1"},
                      {"kind", "Ingress"},
                      {"metadata", metadata(application, status, std::move(name), {}, annotations)},
                      {"spec", std::move(spec)}};
}

// Where Spark's UI listens; nothing when it does not, or on a port that nobody knows before.
std::optional<std::int64_t> ui_port(const spark::Conf& conf) {
  if (conf.get("spark.ui.enabled") == "false") return std::nullopt;
  const std::string text = conf.get("spark.ui.port", "4040");
  std::int64_t port = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), port).ptr;
  const bool known = end == text.data() + text.size() && port > 0 && port <= 65535;
  return known ? std::optional(port) : std::nullopt;
}

void add_spark_ui(const json::Value& application, const Status& status, const Settings& settings,
                  std::int64_t target, Ui& ui) {
  static const json::Value kNone = json::Object{};
  const json::Value* given = json::find(application, {"spec", "sparkUIOptions"});
  const json::Value& options = given != nullptr ? *given : kNone;
  const std::string_view name = json::string_at(options, "servicePortName");
  const std::int64_t port = json::int_at(options, {"servicePort"}, target);
  ui.info.web_ui_service_name = ui_service_name(kube::name_of(application));
  ui.info.web_ui_port = port;
  ui.objects.push_back(service(application, status, ui.info.web_ui_service_name, options,
                               {name.empty() ? kDefaultPortName : name, port, target}));
  if (settings.ingress_url_format.empty()) return;
  const Url url = url_of(settings.ingress_url_format, application, status);
  const bool secure = !json::array_at(options, {"ingressTLS"}).empty();
  ui.info.web_ui_ingress_name = ui_ingress_name(kube::name_of(application));
  ui.info.web_ui_ingress_address =
      fmt::format("{}://{}{}", secure ? "https" : url.scheme, url.host, url.path);
  ui.objects.push_back(ingress(application, status, ui.info.web_ui_ingress_name, options, url,
                               ui.info.web_ui_service_name, port, settings));
}

}  // namespace

std::string ui_service_name(std::string_view application) {
  return limited_name(application, "-ui-svc");
}

Ui build_ui(const json::Value& application, const spark::Conf& conf, const Status& status,
            const Settings& settings) {
  Ui ui;
  const auto target = ui_port(conf);
  if (settings.ui_service && target) add_spark_ui(application, status, settings, *target, ui);
  const std::string_view name = kube::name_of(application);
  for (const json::Value& options : json::array_at(application, {"spec", "driverIngressOptions"})) {
    const std::int64_t port = json::int_at(options, {"servicePort"});
    const std::string service_name = driver_service_name(name, port);
    ui.objects.push_back(service(application, status, service_name, options,
                                 {json::string_at(options, "servicePortName"), port, port}));
    const std::string_view format = json::string_at(options, "ingressURLFormat");
    if (format.empty()) continue;
    ui.objects.push_back(ingress(application, status, driver_ingress_name(name, port), options,
                                 url_of(format, application, status), service_name, port,
                                 settings));
  }
  return ui;
}

std::vector<ObjectReference> ui_objects(const json::Value& application, const Status& status,
                                        const Settings& settings) {
  std::vector<ObjectReference> all;
  const std::string_view name = kube::name_of(application);
  const DriverInfo& info = status.driver_info;
  const bool unknown = info.pod_name.empty() && settings.ui_service;
  if (!info.web_ui_ingress_name.empty() || (unknown && !settings.ingress_url_format.empty())) {
    all.push_back({"Ingress", ui_ingress_name(name)});
  }
  if (!info.web_ui_service_name.empty() || unknown) {
    all.push_back({"Service", ui_service_name(name)});
  }
  for (const json::Value& options : json::array_at(application, {"spec", "driverIngressOptions"})) {
    const std::int64_t port = json::int_at(options, {"servicePort"});
    if (!json::string_at(options, "ingressURLFormat").empty()) {
      all.push_back({"Ingress", driver_ingress_name(name, port)});
    }
    all.push_back({"Service", driver_service_name(name, port)});
  }
  return all;
}

void hide_ui(const json::Value& application, const Status& status, const Settings& settings,
             std::vector<Action>& actions) {
  std::vector<ObjectReference> exposed = ui_objects(application, status, settings);
  if (exposed.empty()) return;
  actions.insert(actions.begin(), DeleteUi{std::move(exposed), status.submission_id});
}

void set_proxy_base(json::Value& application, const Status& status, const Settings& settings) {
  if (!settings.ui_service || settings.ingress_url_format.empty()) return;
  const Url url = url_of(settings.ingress_url_format, application, status);
  if (url.path.empty()) return;
  json::Object& conf = json::make_object(application, {"spec", "sparkConf"});
  conf.emplace("spark.ui.proxyBase", url.path);
  conf.emplace("spark.ui.proxyRedirectUri", "/");
}

}  // namespace firesteel::operators::decide
