#pragma once
// Secrets in sparkConf and hadoopConf, which no object but a Secret may hold. Pure.
//
// `${NAME}` stands for an environment variable of the driver's pod and is filled in there: an init
// container, of the driver's image and with the driver's environment, writes spark.properties into
// memory before Spark reads it. The driver hands its properties to executors by RPC, so they need
// nothing of it. `$${NAME}` is the text ${NAME}. What is not of this form (`${env:NAME}`,
// `${user.name}`) is Spark's and Hadoop's own and left alone.
//
// A literal under a key that Spark would redact goes to a Secret of the attempt's own, and takes
// the same way into the driver.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "spark/conf.h"

namespace firesteel::spark {

struct SubmissionContext;

// The Secret of the namespace whose keys fill in what the application's own environment does not
// have. It need not exist.
inline constexpr std::string_view kEnvironmentSecret = "spark-env";
// The keys of the attempt's ConfigMap and Secret beside spark.properties.
inline constexpr std::string_view kPlaceholdersFile = "placeholders.properties";
inline constexpr std::string_view kExpandScript = "expand.sh";

struct SecretConf {
  std::string secret_name;   // "" = no Secret is needed
  Conf placeholders;         // of the ConfigMap: to be filled in
  Conf secret_properties;    // of the Secret: as they are
  Conf secret_placeholders;  // of the Secret: to be filled in
  StringMap environment;     // of the Secret: variables that sparkConf gave as literals
  [[nodiscard]] bool expands() const {
    return !placeholders.settings().empty() || !secret_properties.settings().empty() ||
           !secret_placeholders.settings().empty();
  }
};

// The names in `${NAME}`, in order, each once.
[[nodiscard]] std::vector<std::string> placeholders_in(std::string_view text);
// Whether Spark's default redaction pattern (3.4 to 3.5, and since 4.0) covers a key; the second,
// whether a value under it is a secret at all, and not the path, class or switch of one.
[[nodiscard]] bool is_redacted_key(std::string_view key, int spark_major);
[[nodiscard]] bool holds_secret(std::string_view key, std::string_view value, int spark_major);

// Fills context.secrets from the complete context.conf and takes what moves to the Secret out of
// it. `${NAME}` where it would show (JVM options, pod settings) is a problem.
void protect_secrets(SubmissionContext& context);
// The way into the driver, for a pod that is otherwise complete. Nothing to do, nothing done.
void expand_in_pod(SubmissionContext& context, json::Value& pod);
// The Secret, without owner and labels: its stringData.
[[nodiscard]] json::Object secret_data(const SubmissionContext& context);
// expand.sh.
[[nodiscard]] std::string_view expand_script();

}  // namespace firesteel::spark
