#include "spark/secret_conf.h"

#include <fmt/format.h>

#include <algorithm>

#include "spark/names.h"
#include "spark/properties.h"
#include "spark/submission_context.h"

namespace firesteel::spark {
namespace {

constexpr std::string_view kConfVolume = "spark-conf-volume-driver";
constexpr std::string_view kTemplateVolume = "spark-conf-template";
constexpr std::string_view kSecretVolume = "spark-conf-secret";
constexpr std::string_view kTemplateDirectory = "/mnt/spark-conf/template";
constexpr std::string_view kSecretDirectory = "/mnt/spark-conf/secret";
constexpr std::string_view kInitContainer = "spark-conf";
constexpr std::string_view kRedaction = "spark.redaction.regex";
constexpr std::string_view kDriverEnvironment = "spark.kubernetes.driverEnv.";
constexpr std::string_view kExecutorEnvironment = "spark.executorEnv.";

bool is_name_start(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
  });
}

// A `${NAME}` in a text: where it begins, what it names. An escaped one begins with its first '$'.
struct Placeholder {
  std::size_t at = std::string_view::npos;
  std::size_t end = 0;
  std::string_view name;
  bool escaped = false;
};

Placeholder next_placeholder(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("${", from); at != text.npos; at = text.find("${", at + 2)) {
    const std::size_t close = text.find('}', at);
    if (close == text.npos) break;
    const std::string_view name = text.substr(at + 2, close - at - 2);
    if (!is_name(name)) continue;
    const bool escaped = at > from && text[at - 1] == '$';
    return {escaped ? at - 1 : at, close + 1, name, escaped};
  }
  return {};
}

bool has_escape(std::string_view text) {
  Placeholder one = next_placeholder(text, 0);
  while (one.at != text.npos && !one.escaped) one = next_placeholder(text, one.end);
  return one.at != text.npos;
}

std::string unescaped(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  for (Placeholder one = next_placeholder(text, 0); one.at != text.npos;
       one = next_placeholder(text, from)) {
    out += text.substr(from, one.at - from);
    out += text.substr(one.at + (one.escaped ? 1 : 0), one.end - one.at - (one.escaped ? 1 : 0));
    from = one.end;
  }
  return out.append(text.substr(from));
}

// Nothing but `${NAME}`: no text of its own that could be secret.
bool is_reference(std::string_view text) {
  const Placeholder one = next_placeholder(text, 0);
  return one.at == 0 && one.end == text.size() && !one.escaped;
}

bool is_users(const Conf::Setting& setting) {
  return setting.origin.starts_with("spec.sparkConf[") ||
         setting.origin.starts_with("spec.hadoopConf[");
}

// Why a value cannot be filled in inside the driver's pod; "" = it can.
std::string_view why_not(std::string_view key) {
  if (key.starts_with(kExecutorEnvironment)) {
    return "Spark writes it into the pods of executors; use spec.executor.env with "
           "valueFrom.secretKeyRef";
  }
  if (key.starts_with(kDriverEnvironment)) {
    return "it is part of the driver's pod; use spec.driver.env with valueFrom.secretKeyRef";
  }
  if (key.starts_with("spark.kubernetes.")) {
    return "it decides about objects of the cluster, which are made before there is a pod; write "
           "the value itself";
  }
  for (const std::string_view role : {"spark.driver.", "spark.executor."}) {
    if (!key.starts_with(role)) continue;
    const std::string_view rest = key.substr(role.size());
    if (rest == "extraJavaOptions" || rest == "defaultJavaOptions" || rest == "extraClassPath" ||
        rest == "extraLibraryPath") {
      return "it would stand on Java's command line, for every process of the machine to read; "
             "let the program read the variable, from spec.driver.env or spec.executor.env";
    }
  }
  return {};
}

std::string quoted_for_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(".^$*+?()[]{}|\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// Spark's user interface and event log print properties; Hadoop's without "spark.hadoop.".
void redact(Conf& conf, const std::vector<std::string>& keys, int spark_major) {
  const bool own = conf.has(kRedaction);
  std::string pattern = own ? fmt::format("(?:{})", conf.get(kRedaction))
                            : std::string("(?i)secret|password|token|access[.]?key");
  if (!own && spark_major >= 4) pattern += "|credential";
  bool more = false;
  for (std::string_view key : keys) {
    if (!own && is_redacted_key(key, spark_major)) continue;
    constexpr std::string_view kHadoop = "spark.hadoop.";
    if (key.starts_with(kHadoop)) key.remove_prefix(kHadoop.size());
    pattern += "|" + quoted_for_regex(key);
    more = true;
  }
  if (more) conf.set(std::string(kRedaction), std::move(pattern), "operator");
}

// A variable that sparkConf gives by its value comes from the Secret instead, by the property that
// Spark has for that.
bool move_variable(SubmissionContext& context, std::string_view key, const Conf::Setting& setting) {
  for (const auto& [prefix, role] :
       {std::pair(kDriverEnvironment, std::string_view("driver")),
        std::pair(kExecutorEnvironment, std::string_view("executor"))}) {
    if (!key.starts_with(prefix)) continue;
    const std::string name(key.substr(prefix.size()));
    const std::string data = fmt::format("{}.{}", role, name);
    context.secrets.environment.insert_or_assign(data, setting.value);
    context.conf.set(fmt::format("spark.kubernetes.{}.secretKeyRef.{}", role, name),
                     fmt::format("{}:{}", context.secrets.secret_name, data), setting.origin);
    return true;
  }
  return false;
}

void tell(SubmissionContext& context, const std::vector<std::string>& moved) {
  if (moved.empty()) return;
  context.inferred.push_back(fmt::format("{} {} kept in Secret {}, not in the ConfigMap",
                                         fmt::join(moved, ", "), moved.size() == 1 ? "is" : "are",
                                         context.secrets.secret_name));
}

json::Object named_volume(std::string_view name, std::string_view type, json::Object source) {
  json::Object volume{{"name", name}};
  volume[type] = std::move(source);
  return volume;
}

json::Object mount_of(std::string_view volume, std::string_view path, bool read_only) {
  json::Object mount{{"name", volume}, {"mountPath", path}};
  if (read_only) mount["readOnly"] = true;
  return mount;
}

const json::Value* driver_container(const json::Value& pod) {
  const json::Array& containers = json::array_at(pod, {"spec", "containers"});
  // The one that mounts the properties: a template may name Spark's container as it likes.
  for (const json::Value& container : containers) {
    for (const json::Value& mount : json::array_at(container, {"volumeMounts"})) {
      if (json::string_at(mount, "name") == kConfVolume) return &container;
    }
  }
  return nullptr;
}

json::Object init_container(const SubmissionContext& context, const json::Value& driver) {
  json::Object out{{"name", kInitContainer}};
  for (const std::string_view field :
       {"image", "imagePullPolicy", "resources", "securityContext"}) {
    if (const json::Value* value = json::find(driver, field)) out[field] = *value;
  }
  const std::string script = fmt::format("{}/{}", kTemplateDirectory, kExpandScript);
  out["command"] = json::Array{"/bin/bash", json::Value(script), json::Value(kTemplateDirectory),
                               json::Value(kSecretDirectory), json::Value(kPropertiesPath)};
  // What the script says about a missing variable is what the application's status says.
  out["terminationMessagePolicy"] = "FallbackToLogsOnError";
  // The namespace's variables first: the application's own win.
  json::Array from;
  from.push_back(
      json::Object{{"secretRef", json::Object{{"name", kEnvironmentSecret}, {"optional", true}}}});
  for (const json::Value& one : json::array_at(driver, {"envFrom"})) {
    from.push_back(one);
  }
  out["envFrom"] = std::move(from);
  if (const json::Value* env = json::find(driver, "env")) out["env"] = *env;
  json::Array mounts;
  mounts.push_back(mount_of(kTemplateVolume, kTemplateDirectory, true));
  if (!context.secrets.secret_name.empty()) {
    mounts.push_back(mount_of(kSecretVolume, kSecretDirectory, true));
  }
  mounts.push_back(mount_of(kConfVolume, kSparkConfDirectory, false));
  out["volumeMounts"] = std::move(mounts);
  return out;
}

// Names that no variable of the pod's own is known to give.
void note_sources(SubmissionContext& context, const json::Value& container) {
  std::vector<std::string> unknown;
  for (const Conf* conf : {&context.secrets.placeholders, &context.secrets.secret_placeholders}) {
    for (const auto& [key, setting] : conf->settings()) {
      for (std::string& name : placeholders_in(setting.value)) {
        const bool known = std::ranges::any_of(
            json::array_at(container, {"env"}),
            [&](const json::Value& one) { return json::string_at(one, "name") == name; });
        if (!known && std::ranges::find(unknown, name) == unknown.end()) {
          unknown.push_back(std::move(name));
        }
      }
    }
  }
  if (unknown.empty()) return;
  context.inferred.push_back(
      fmt::format("{} of sparkConf or hadoopConf {} filled in inside the driver's pod, from {}"
                  "Secret {} of the namespace",
                  fmt::join(unknown, ", "), unknown.size() == 1 ? "is" : "are",
                  json::array_at(container, {"envFrom"}).empty() ? "" : "spec.driver.envFrom or ",
                  kEnvironmentSecret));
}

}  // namespace

std::vector<std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> out;
  for (Placeholder one = next_placeholder(text, 0); one.at != text.npos;
       one = next_placeholder(text, one.end)) {
    const bool known = std::ranges::find(out, one.name) != out.end();
    if (!one.escaped && !known) out.emplace_back(one.name);
  }
  return out;
}

bool is_redacted_key(std::string_view key, int spark_major) {
  std::string lower(key);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const auto has = [&](std::string_view word) { return lower.find(word) != std::string::npos; };
  return has("secret") || has("password") || has("token") || has("access.key") ||
         has("accesskey") || (spark_major >= 4 && has("credential"));
}

bool holds_secret(std::string_view key, std::string_view value, int spark_major) {
  if (value.empty() || value == "true" || value == "false") return false;
  const bool variable = key.starts_with(kDriverEnvironment);
  if (key.starts_with("spark.kubernetes.") && !variable) return false;
  for (const std::string_view end :
       {"File", ".file", "_FILE", "Path", ".path", "_PATH", "Provider", ".provider", ".class",
        "Enabled", ".enabled", ".regex", "BitLength"}) {
    if (key.ends_with(end)) return false;
  }
  // Variables are spelled with '_'.
  return is_redacted_key(key, spark_major) ||
         ((variable || key.starts_with(kExecutorEnvironment)) &&
          key.find("ACCESS_KEY") != std::string_view::npos);
}

void protect_secrets(SubmissionContext& context) {
  if (context.inputs.like_spark_submit) return;
  const int major = context.version.rules->major;
  SecretConf& secrets = context.secrets;
  secrets.secret_name = context.prefix + "-conf-secret";
  std::vector<std::string> covered;  // keys whose values come from Secrets
  std::vector<std::string> moved;
  const Conf::Settings settings = context.conf.settings();
  for (const auto& [key, setting] : settings) {
    const bool annotation = key.find(".annotation.") != std::string::npos;
    if (!is_users(setting) || annotation) continue;
    const std::vector<std::string> names = placeholders_in(setting.value);
    const std::string_view reason = why_not(key);
    if (!names.empty() && !reason.empty()) {
      context.problems.push_back(
          {setting.origin,
           fmt::format("${{{}}} cannot be filled in here: {}", names.front(), reason),
           "FieldValueForbidden"});
      continue;
    }
    if (names.empty() && has_escape(setting.value)) {
      context.conf.set(key, unescaped(setting.value), setting.origin);
    }
    const bool secret = !is_reference(setting.value) && holds_secret(key, setting.value, major);
    if (names.empty() && !secret) continue;
    if (!secret) {
      secrets.placeholders.set(key, setting.value, setting.origin);
    } else if (!move_variable(context, key, setting)) {
      Conf& target = names.empty() ? secrets.secret_properties : secrets.secret_placeholders;
      target.set(key, names.empty() ? context.conf.get(key) : setting.value, setting.origin);
    }
    if (secret) {
      context.conf.remove(key);
      moved.push_back(setting.origin);
    }
    covered.push_back(key);
  }
  if (std::ranges::find(covered, "spark.authenticate.secret") != covered.end()) {
    context.warnings.push_back(
        "Spark itself writes spark.authenticate.secret into the pods of its executors, for all to "
        "read who may read pods; use spark.authenticate.secret.file and mount a Secret");
  }
  if (moved.empty()) secrets.secret_name.clear();
  redact(context.conf, covered, major);
  tell(context, moved);
}

void expand_in_pod(SubmissionContext& context, json::Value& pod) {
  if (!context.secrets.expands()) return;
  const json::Value* found = driver_container(pod);
  if (found == nullptr) return;
  const json::Value driver = *found;
  const json::Value old = *json::find(pod, "spec");
  note_sources(context, driver);
  json::Object& spec = json::make_object(pod, {"spec"});
  json::Array volumes;
  for (const json::Value& volume : json::array_at(old, {"volumes"})) {
    if (json::string_at(volume, "name") != kConfVolume) {
      volumes.push_back(volume);
      continue;
    }
    volumes.push_back(named_volume(kConfVolume, "emptyDir", {{"medium", "Memory"}}));
    volumes.push_back(
        named_volume(kTemplateVolume, "configMap", {{"name", context.properties_map}}));
    if (!context.secrets.secret_name.empty()) {
      volumes.push_back(
          named_volume(kSecretVolume, "secret", {{"secretName", context.secrets.secret_name}}));
    }
  }
  json::Array init{init_container(context, driver)};
  for (const json::Value& other : json::array_at(old, {"initContainers"})) {
    init.push_back(other);
  }
  spec["volumes"] = std::move(volumes);
  spec["initContainers"] = std::move(init);
}

json::Object secret_data(const SubmissionContext& context) {
  const SecretConf& secrets = context.secrets;
  json::Object data;
  for (const auto& [name, value] : secrets.environment) data[name] = value;
  if (!secrets.secret_properties.settings().empty()) {
    data[kPropertiesFile] = properties_text(secrets.secret_properties, secrets.secret_name);
  }
  if (!secrets.secret_placeholders.settings().empty()) {
    data[kPlaceholdersFile] = properties_text(secrets.secret_placeholders, secrets.secret_name);
  }
  return data;
}

// Bash, since the images' entry point is a bash script too; nothing else is sure to be there.
// Arguments: the ConfigMap's directory, the Secret's, the file to write.
std::string_view expand_script() {
  return R"SCRIPT(# Puts the driver's spark.properties together: fills ${NAME} in from this pod's environment.
fs_bad=0 fs_slash='\' fs_out=
fs_expand() { # one line of placeholders.properties
  local fs_rest=$1 fs_key=${1%%=*} fs_line= fs_name fs_value
  while [[ $fs_rest == *'${'*'}'* ]]; do
    fs_line+=${fs_rest%%'${'*} fs_rest=${fs_rest#*'${'}
    fs_name=${fs_rest%%'}'*}
    if [[ ! $fs_name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]]; then fs_line+='${'; continue; fi
    fs_rest=${fs_rest#*'}'}
    if [[ $fs_line == *'$' ]]; then fs_line+="{$fs_name}"; continue; fi
    if [[ -z ${!fs_name+set} ]]; then
      echo "$fs_key: \${$fs_name} cannot be filled in: no variable $fs_name in this pod; give" \
        "it by spec.driver.env, envSecretKeyRefs or envFrom, or as key $fs_name of Secret" \
        "spark-env" >&2
      fs_bad=1; continue
    fi
    fs_value=${!fs_name}
    fs_value=${fs_value//"$fs_slash"/"$fs_slash$fs_slash"}
    fs_value=${fs_value//$'\n'/"${fs_slash}n"}
    fs_value=${fs_value//$'\r'/"${fs_slash}r"}
    fs_value=${fs_value//$'\t'/"${fs_slash}t"}
    fs_value=${fs_value//$'\f'/"${fs_slash}f"}
    [[ $fs_value == ' '* ]] && fs_value=$fs_slash$fs_value
    fs_line+=$fs_value
  done
  fs_out+=$fs_line$fs_rest$'\n'
}
for fs_dir in "$1" "$2"; do
  for fs_file in spark.properties placeholders.properties; do
    [[ -f $fs_dir/$fs_file ]] || continue
    while IFS= read -r fs_each || [[ -n $fs_each ]]; do
      case $fs_file in
        spark.properties) fs_out+=$fs_each$'\n' ;;
        *) fs_expand "$fs_each" ;;
      esac
    done <"$fs_dir/$fs_file"
  done
done
if ((fs_bad)); then exit 1; fi
printf '%s' "$fs_out" >"$3"
)SCRIPT";
}

}  // namespace firesteel::spark
