#include "spark/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "kube/object.h"
#include "spark/app.h"
#include "spark/conf_keys.h"
#include "spark/defaults.h"
#include "spark/description.h"
#include "spark/ignored.h"
#include "spark/memory.h"
#include "spark/names.h"
#include "spark/submission.h"

namespace firesteel::spark {
namespace {

// Labels that Spark writes itself.
constexpr std::string_view kReservedLabels[] = {"spark-version",  "spark-app-selector",
                                                "spark-app-name", "spark-role",
                                                "spark-exec-id",  "spark-exec-resourceprofile-id"};

class Validator {
 public:
  Validator(const json::Value& application, const App& app, Validation& out)
      : application_(application), app_(app), out_(out) {}

  void all() {
    mode();
    program_type();
    role(app_.driver, "spec.driver");
    role(app_.executor, "spec.executor");
    labels(app_.labels, "metadata.labels");
    node_selectors();
    volumes();
    configuration();
    dynamic_allocation();
    driver_ingresses();
    std::ranges::move(ignored_settings(application_, app_), std::back_inserter(out_.warnings));
  }

  void problem(std::string path, std::string message,
               std::string_view reason = "FieldValueInvalid") {
    out_.problems.push_back({std::move(path), std::move(message), std::string(reason)});
  }
  void warning(std::string path, std::string message) {
    out_.warnings.push_back({std::move(path), std::move(message), "FieldValueInvalid"});
  }

 private:
  void mode() {
    if (app_.mode != "client") return;
    problem("spec.mode",
            "found \"client\", expected cluster: in client mode the driver would run inside the "
            "operator",
            "FieldValueNotSupported");
  }

  void program_type() {
    if (app_.main_file.empty() || app_.is_inline()) return;
    const bool python = app_.main_file.ends_with(".py");
    if (app_.type == "Python" && !python) {
      warning("spec.mainApplicationFile",
              fmt::format("found \"{}\", but type is Python and Spark takes only files that end in "
                          ".py for Python programs",
                          app_.main_file));
    } else if (python && app_.type != "Python") {
      warning("spec.type", fmt::format("found \"{}\", but Spark runs {} as a Python program",
                                       app_.type, app_.main_file));
    }
  }

  void memory(const std::string& value, const std::string& path, bool heap) {
    if (value.empty()) return;
    const auto mib = parse_memory_mib(value);
    if (!mib) {
      problem(path, fmt::format("found \"{}\", expected a Java size such as 512m or 2g (whole "
                                "numbers; b, k, m, g, t, p)",
                                value));
    } else if (heap && *mib <= 0) {
      problem(path, fmt::format("found \"{}\", expected 1m or more", value));
    }
  }

  void quantity(const std::string& value, const std::string& path) {
    if (value.empty()) return;
    const auto millis = quantity_millis(value);
    if (!millis || *millis <= 0) {
      problem(path, fmt::format(
                        "found \"{}\", expected a CPU quantity greater than 0, such as 1200m or 2",
                        value));
    }
  }

  void role(const PodRole& role, const std::string& path) {
    const bool driver = path == "spec.driver";
    memory(role.memory, path + ".memory", true);
    memory(role.memory_overhead, path + ".memoryOverhead", false);
    if (!is_quantity(role.memory_limit)) memory(role.memory_limit, path + ".memoryLimit", false);
    quantity(role.core_limit, path + ".coreLimit");
    quantity(role.core_request, path + ".coreRequest");
    limit_below_request(role, path);
    labels(role.labels, path + ".labels");
    const std::string_view pod_name = driver ? app_.driver.pod_name : std::string_view();
    if (!pod_name.empty() && !is_dns1123_subdomain(pod_name)) {
      problem(path + ".podName",
              fmt::format("found \"{}\", expected lower-case letters, digits, '-' and '.', at most "
                          "253 characters",
                          pod_name));
    }
    if (!role.environment.empty()) warning(path + ".envVars", "is deprecated; use env");
    if (!role.secret_keys.empty()) {
      warning(path + ".envSecretKeyRefs", "is deprecated; use env with valueFrom.secretKeyRef");
    }
  }

  void limit_below_request(const PodRole& role, const std::string& path) {
    const std::string request = !role.core_request.empty() ? role.core_request
                                : role.cores               ? fmt::format("{}", *role.cores)
                                                           : std::string();
    const auto wanted = quantity_millis(request);
    const auto most = quantity_millis(role.core_limit);
    if (!wanted || !most || *wanted <= *most || *most <= 0) return;
    problem(
        path + ".coreLimit",
        fmt::format("found \"{}\", expected the request of {} or more, since Kubernetes refuses "
                    "a limit below the request",
                    role.core_limit, request));
  }

  void labels(const StringMap& labels, const std::string& path) {
    for (const auto& [key, value] : labels) {
      const std::string at = fmt::format("{}[{}]", path, key);
      if (std::ranges::find(kReservedLabels, key) != std::end(kReservedLabels)) {
        problem(at,
                fmt::format("Label with key {} is not allowed as it is reserved for Spark "
                            "bookkeeping operations.",
                            key),
                "FieldValueForbidden");
      }
      if (!is_label_value(value) && value.find("{{") == std::string::npos) {
        problem(at,
                fmt::format("found \"{}\", expected at most 63 letters, digits, '-', '_' and '.', "
                            "with a letter or digit at both ends",
                            value));
      }
    }
  }

  void node_selectors() {
    if (app_.node_selector.empty()) return;
    for (const auto& [role, path] :
         {std::pair<const PodRole&, std::string_view>(app_.driver, "spec.driver.nodeSelector"),
          {app_.executor, "spec.executor.nodeSelector"}}) {
      if (role.node_selector.empty()) continue;
      problem(std::string(path),
              "found together with spec.nodeSelector, expected only one of the two: put the labels "
              "here or there",
              "FieldValueForbidden");
    }
  }

  void volumes() {
    std::set<std::string, std::less<>> names;
    for (std::size_t i = 0; i < app_.volumes.size(); ++i) {
      const std::string_view name = json::string_at(app_.volumes[i], "name");
      const std::string path = fmt::format("spec.volumes[{}]", i);
      if (!name.empty() && !names.emplace(name).second) {
        problem(path + ".name", fmt::format("found \"{}\" twice, expected different names", name),
                "FieldValueDuplicate");
      }
      const bool local = name.starts_with(kLocalVolumePrefix);
      const auto has = [&](std::string_view type) {
        return json::find(app_.volumes[i], type) != nullptr;
      };
      if (local && !has("emptyDir") && !has("hostPath") && !has("nfs") &&
          !has("persistentVolumeClaim")) {
        problem(path,
                fmt::format("volume {} is for Spark's local directories, expected emptyDir, "
                            "hostPath, nfs or persistentVolumeClaim",
                            name),
                "FieldValueNotSupported");
      }
    }
    mounts(app_.driver, "spec.driver", names);
    mounts(app_.executor, "spec.executor", names);
  }

  void mounts(const PodRole& role, std::string_view path,
              const std::set<std::string, std::less<>>& names) {
    std::set<std::string, std::less<>> known = names;
    for (const json::Value& volume : json::array_at(role.raw, {"template", "spec", "volumes"})) {
      known.emplace(json::string_at(volume, "name"));
    }
    const json::Array& mounts = json::array_at(role.raw, {"volumeMounts"});
    for (std::size_t i = 0; i < mounts.size(); ++i) {
      const std::string_view name = json::string_at(mounts[i], "name");
      if (name.empty() || known.contains(name)) continue;
      std::vector<std::string_view> candidates(known.begin(), known.end());
      const std::string_view near = nearest(name, candidates);
      problem(fmt::format("{}.volumeMounts[{}].name", path, i),
              fmt::format("found \"{}\", expected the name of one of spec.volumes{}", name,
                          near.empty() ? "" : fmt::format("; did you mean {}?", near)),
              "FieldValueNotFound");
    }
  }

  void configuration() {
    for (const auto& [key, value] : app_.spark_conf) {
      const std::string path = fmt::format("spec.sparkConf[{}]", key);
      if (is_denied_key(key)) {
        problem(
            path,
            fmt::format("setting {} is not allowed: the operator sets it{}", key, instead_of(key)),
            "FieldValueForbidden");
      } else if (key == "spark.kubernetes.namespace" && value != app_.space) {
        problem(path,
                fmt::format("found \"{}\", which is not allowed; expected the object's "
                            "namespace \"{}\", or nothing",
                            value, app_.space),
                "FieldValueForbidden");
      } else if (!key.starts_with("spark.")) {
        warning(path,
                "Spark ignores properties that do not start with \"spark.\"; Hadoop's belong "
                "into spec.hadoopConf");
      } else if (const std::string_view near = misspelt_kubernetes_key(key); !near.empty()) {
        // A later Spark may know more than this table.
        const auto tell = [&](const std::string& message) {
          app_.spark_version.empty() || spark_version(app_.spark_version, "").warning.empty()
              ? problem(path, message, "FieldValueNotSupported")
              : warning(path, message);
        };
        tell(fmt::format("Spark does not know this property; did you mean spark.kubernetes.{}?",
                         near));
      } else {
        overridden(key, path);
      }
    }
  }

  static std::string_view instead_of(std::string_view key) {
    if (key.ends_with("driver.serviceAccountName")) return "; use spec.driver.serviceAccount";
    if (key.ends_with("executor.serviceAccountName")) return "; use spec.executor.serviceAccount";
    if (key == "spark.kubernetes.container.image") return "; use spec.image";
    if (key.ends_with("driver.container.image")) return "; use spec.driver.image";
    if (key.ends_with("executor.container.image")) return "; use spec.executor.image";
    if (key == "spark.kubernetes.driver.master") return "; use spec.driver.kubernetesMaster";
    return "";
  }

  void overridden(std::string_view key, const std::string& path) {
    struct Pair {
      std::string_view key;
      std::string_view field;
      bool given;
    };
    const Pair pairs[] = {
        {"spark.driver.memory", "spec.driver.memory", !app_.driver.memory.empty()},
        {"spark.driver.cores", "spec.driver.cores", app_.driver.cores.has_value()},
        {"spark.executor.memory", "spec.executor.memory", !app_.executor.memory.empty()},
        {"spark.executor.cores", "spec.executor.cores", app_.executor.cores.has_value()},
        {"spark.executor.instances", "spec.executor.instances",
         app_.executor.instances.has_value()},
        {"spark.app.name", "metadata.name", true},
        {"spark.driver.host", "the driver's Service", true},
        {"spark.kubernetes.submission.waitAppCompletion", "the operator", true},
    };
    const auto at = std::ranges::find(pairs, key, &Pair::key);
    if (at == std::end(pairs) || !at->given) return;
    warning(path, fmt::format("has no effect: {} decides", at->field));
  }

  void dynamic_allocation() {
    if (!app_.dynamic_allocation || !app_.dynamic_allocation->enabled) return;
    const DynamicAllocation& dynamic = *app_.dynamic_allocation;
    const std::int64_t least = dynamic.min_executors.value_or(0);
    const std::int64_t most = dynamic.max_executors.value_or(INT32_MAX);
    const std::int64_t first = dynamic.initial_executors.value_or(least);
    if (least > most) {
      problem("spec.dynamicAllocation.minExecutors",
              fmt::format("found {}, expected maxExecutors ({}) or less", least, most));
    } else if (first > most) {
      problem("spec.dynamicAllocation.initialExecutors",
              fmt::format("found {}, expected maxExecutors ({}) or less", first, most));
    }
  }

  void driver_ingresses() {
    std::set<std::int64_t> ports;
    std::set<std::string, std::less<>> urls;
    const json::Array& all = json::array_at(application_, {"spec", "driverIngressOptions"});
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string path = fmt::format("spec.driverIngressOptions[{}]", i);
      const std::int64_t port = json::int_at(all[i], {"servicePort"});
      if (port > 0 && !ports.insert(port).second) {
        problem(path + ".servicePort",
                fmt::format("found {} twice, expected different ports", port),
                "FieldValueDuplicate");
      }
      const std::string_view url = json::string_at(all[i], "ingressURLFormat");
      if (url.empty()) {
        problem(path + ".ingressURLFormat",
                "missing, expected a URL such as {{$appName}}.example.org", "FieldValueRequired");
      } else if (!urls.emplace(url).second) {
        problem(path + ".ingressURLFormat",
                fmt::format("found \"{}\" twice, expected different URLs", url),
                "FieldValueDuplicate");
      }
    }
  }

  const json::Value& application_;
  const App& app_;
  Validation& out_;
};

void check_name(const json::Value& object, Validation& out) {
  const std::string_view name = kube::name_of(object);
  if (name.empty()) {
    // A generateName is completed by the server.
    if (!json::string_at(object, {"metadata", "generateName"}).empty()) return;
    out.problems.push_back({"metadata.name", "missing, expected a name", "FieldValueRequired"});
  } else if (!is_dns1035_label(name)) {
    out.problems.push_back(
        {"metadata.name",
         fmt::format("found \"{}\" ({} characters), expected at most 63 lower-case letters, digits "
                     "and '-', starting with a letter and not ending with '-'",
                     name, name.size()),
         "FieldValueInvalid"});
  }
}

// What Spark would refuse is found by making the objects.
void check_submission(const json::Value& application, Validation& out) {
  AttemptInputs inputs;
  inputs.submission_id = "00000000-0000-0000-0000-000000000000";
  inputs.application_id = "spark-00000000000000000000000000000000";
  inputs.unique_id = "0000000000000000";
  inputs.local_dir_id = inputs.submission_id;
  inputs.kubernetes_master = "https://kubernetes.default.svc:443";
  const auto built = build_submission(application, inputs);
  if (built) {
    for (const std::string& warning : built->warnings) {
      out.warnings.push_back({"spec", warning, "FieldValueInvalid"});
    }
    return;
  }
  for (const Problem& problem : built.error().problems) {
    const bool known = std::ranges::any_of(
        out.problems, [&](const Problem& other) { return other.path == problem.path; });
    if (!known) out.problems.push_back(problem);
  }
}

}  // namespace

Validation validate(const json::Value& application) {
  Validation out;
  check_name(application, out);
  const json::Value* spec = json::find(application, "spec");
  if (spec == nullptr || spec->is_null()) {
    out.problems.push_back({"spec", "missing, expected an object", "FieldValueRequired"});
    return out;
  }
  TypeFindings findings = check_types(spark_application_spec_type(), *spec, "spec");
  out.warnings = std::move(findings.unknown_fields);
  const bool typed = findings.problems.empty();
  std::ranges::move(findings.problems, std::back_inserter(out.problems));
  const json::Value defaulted = apply_defaults(application);
  const App app = decode(defaulted).value;
  Validator(application, app, out).all();
  if (typed) check_submission(defaulted, out);
  return out;
}

Validation validate_scheduled(const json::Value& scheduled_application) {
  Validation out;
  check_name(scheduled_application, out);
  const json::Value* spec = json::find(scheduled_application, "spec");
  if (spec == nullptr || spec->is_null()) {
    out.problems.push_back({"spec", "missing, expected an object", "FieldValueRequired"});
    return out;
  }
  TypeFindings findings = check_types(scheduled_spark_application_spec_type(), *spec, "spec");
  out.problems = std::move(findings.problems);
  out.warnings = std::move(findings.unknown_fields);
  const json::Value* part = json::find(*spec, "template");
  if (part == nullptr || !part->is_object()) return out;
  json::Value application = json::Object{{"spec", *part}};
  json::Object& metadata = json::make_object(application, {"metadata"});
  metadata["name"] = "scheduled";
  metadata["namespace"] = kube::namespace_of(scheduled_application);
  const auto under_template = [](std::vector<Problem>& from, std::vector<Problem>& to) {
    for (Problem& problem : from) {
      if (problem.path.starts_with("spec")) problem.path = "spec.template" + problem.path.substr(4);
      if (std::ranges::find(to, problem.path, &Problem::path) == to.end()) to.push_back(problem);
    }
  };
  Validation inner = validate(application);
  under_template(inner.problems, out.problems);
  under_template(inner.warnings, out.warnings);
  return out;
}

Error to_error(const Validation& validation, const json::Value& application) {
  std::string text;
  for (const Problem& problem : validation.problems) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{}: {}", problem.path, problem.message);
  }
  if (validation.problems.size() > 1) text = fmt::format("[{}]", text);
  std::string kind(json::string_at(application, "kind"));
  if (kind.empty()) kind = kSparkApplicationKind;
  return {ErrorCode::kInvalid,
          fmt::format("{}.sparkoperator.k8s.io \"{}\" is invalid: {}", kind,
                      kube::name_of(application), text),
          validation.problems};
}

}  // namespace firesteel::spark
