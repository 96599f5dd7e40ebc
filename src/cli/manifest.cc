#include "cli/manifest.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>

#include "base/fd.h"
#include "base/json/print.h"
#include "cli/console.h"
#include "kube/object.h"
#include "spark/names.h"
#include "spark/validate.h"

namespace firesteel::cli {

namespace {

// Spark appends "-<16 hex>-driver-svc" to the name, which must fit into 63 characters.
constexpr std::size_t kMaxNameLength = 35;

Result<std::string> read_standard_input() {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0) return fail_errno("read standard input");
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxManifestBytes) {
      return fail(ErrorCode::kTooLarge, fmt::format("standard input is over {} MiB, the limit",
                                                    kMaxManifestBytes / (1024 * 1024)));
    }
  }
}

std::string_view extension_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(dot);
}

// Runs the statements of `sql` one after the other, showing what they return.
std::string program_for_sql(std::string_view name, std::string_view sql) {
  json::Array statements;
  for (const std::string& statement : split_sql(sql)) statements.emplace_back(statement);
  return fmt::format(
      "# Made by firesteel from {}\n"
      "from pyspark.sql import SparkSession\n"
      "\n"
      "spark = SparkSession.builder.getOrCreate()\n"
      "for statement in {}:\n"
      "    print(\"sql> \" + statement.replace(\"\\n\", \"\\n   > \"), flush=True)\n"
      "    result = spark.sql(statement)\n"
      "    if result.columns:\n"
      "        result.show(1000, truncate=False)\n"
      "spark.stop()\n",
      name, json::print(statements));
}

void put_jar(const std::string& path, const std::string& main_class, json::Object& spec) {
  const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
  constexpr std::string_view kMount = "/opt/spark/work-dir/submitted";
  spec["type"] = "Scala";
  spec["mainClass"] = main_class;
  spec["mainApplicationFile"] = fmt::format("local://{}/{}", kMount, absolute.filename().string());
  json::Object volume{{"name", "submitted"}};
  volume["hostPath"] =
      json::Object{{"path", absolute.parent_path().string()}, {"type", "Directory"}};
  spec["volumes"] = json::Array{std::move(volume)};
  const json::Object mount{{"name", "submitted"}, {"mountPath", kMount}, {"readOnly", true}};
  for (const std::string_view role : {"driver", "executor"}) {
    spec[role].emplace_object()["volumeMounts"] = json::Array{mount};
  }
}

void check_document(const Input& input, const json::YamlDocument& document,
                    std::vector<Finding>& findings) {
  const auto add = [&](const std::string& path, const std::string& message, bool warning) {
    const int line = path.empty() ? document.line : json::line_of(input.text, document.line, path);
    findings.push_back({line, path, message, warning});
  };
  if (!document.value.is_object()) {
    add("", "found no object, expected a Kubernetes manifest (apiVersion, kind, metadata)", false);
    return;
  }
  bool complete = true;
  for (const std::string_view key : {"apiVersion", "kind"}) {
    if (!json::string_at(document.value, key).empty()) continue;
    complete = false;
    add(std::string(key),
        "missing, expected for example " +
            std::string(key == "kind" ? spark::kSparkApplicationKind : spark::kApiVersion),
        false);
  }
  if (kube::name_of(document.value).empty()) {
    complete = false;
    add("metadata.name", "missing, expected a name", false);
  }
  if (!complete ||
      !json::string_at(document.value, "apiVersion").starts_with("sparkoperator.k8s.io/")) {
    return;
  }
  const std::string_view kind = json::string_at(document.value, "kind");
  spark::Validation validation;
  if (kind == spark::kSparkApplicationKind) validation = spark::validate(document.value);
  if (kind == "ScheduledSparkApplication") {
    validation = spark::validate_scheduled(document.value);
  }
  for (const Problem& problem : validation.problems) add(problem.path, problem.message, false);
  for (const Problem& problem : validation.warnings) add(problem.path, problem.message, true);
}

}  // namespace

Result<Input> read_input(const std::string& path) {
  if (path == "-") return Input{"standard input", TRY(read_standard_input())};
  if (path.ends_with(".jar")) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
      return fail(ErrorCode::kNotFound, fmt::format("read {}: No such file", path));
    }
    return Input{path, ""};
  }
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return fail(ErrorCode::kIo, fmt::format("read {}: found a directory, expected a file", path));
  }
  Input input{path, TRY(read_file(path))};
  if (input.text.size() > kMaxManifestBytes) {
    return fail(ErrorCode::kTooLarge, fmt::format("{} is over {} MiB, the limit", path,
                                                  kMaxManifestBytes / (1024 * 1024)));
  }
  return input;
}

bool is_program(std::string_view path) {
  const std::string_view extension = extension_of(path);
  return extension == ".py" || extension == ".R" || extension == ".sql" || extension == ".jar";
}

std::string application_name(std::string_view path) {
  std::string_view stem = path.substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.rfind('.'));
  std::string name;
  for (const char letter : stem) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool fits = std::isalnum(byte) != 0 && byte < 0x80;
    if (fits) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > kMaxNameLength) name.resize(kMaxNameLength);
  while (!name.empty() && name.back() == '-') name.pop_back();
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    name.insert(0, name.empty() ? "job" : "job-");
  }
  return name;
}

std::vector<std::string> split_sql(std::string_view text) {
  std::vector<std::string> statements;
  std::string statement;
  const auto finish = [&] {
    const std::size_t first = statement.find_first_not_of(" \t\r\n");
    if (first != std::string::npos) {
      const std::size_t last = statement.find_last_not_of(" \t\r\n");
      statements.push_back(statement.substr(first, last - first + 1));
    }
    statement.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("--")) {
      at += std::min(rest.find('\n'), rest.size()) - 1;               // the line break stays
    } else if (rest.starts_with("/*") && !rest.starts_with("/*+")) {  // hints are no comments
      const std::size_t end = rest.find("*/", 2);
      at += (end == std::string_view::npos ? rest.size() : end + 2) - 1;
      statement += ' ';
    } else if (text[at] == '\'' || text[at] == '"' || text[at] == '`') {
      const char quote = text[at];
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != quote) {
        end += text[end] == '\\' && quote != '`' ? 2 : 1;
      }
      end = std::min(end, text.size() - 1);
      statement += text.substr(at, end - at + 1);
      at = end;
    } else if (text[at] == ';') {
      finish();
    } else {
      statement += text[at];
    }
  }
  finish();
  return statements;
}

Result<json::Value> application_around(const Input& input, const RunOptions& options) {
  const std::string_view extension = extension_of(input.name);
  // With braces it would be an array of one object.
  json::Value application =
      json::Object{{"apiVersion", spark::kApiVersion}, {"kind", spark::kSparkApplicationKind}};
  json::make_object(application, {"metadata"})["name"] = application_name(input.name);
  json::Object& spec = json::make_object(application, {"spec"});
  spec["mode"] = "cluster";
  spec["image"] = options.image.empty() ? std::string(kDefaultImage) : options.image;
  // The API requires both; the operator fills them in.
  spec["driver"].emplace_object();
  spec["executor"].emplace_object();
  if (extension == ".jar") {
    if (options.main_class.empty()) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("{}: a jar needs its main class: --class org.example.Main", input.name));
    }
    put_jar(input.name, options.main_class, spec);
  } else {
    spec["type"] = extension == ".R" ? "R" : "Python";
    std::string program =
        extension == ".sql" ? program_for_sql(input.name, input.text) : input.text;
    if (program.find_first_not_of(" \t\r\n") == std::string::npos) {
      return fail(ErrorCode::kInvalid, fmt::format("{} is empty, expected a program", input.name));
    }
    if (program.size() > kMaxProgramBytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("{} has {} bytes; over {} a program must be in the image or at a URI",
                              input.name, program.size(), kMaxProgramBytes));
    }
    // The line break is what tells a program from a path.
    if (program.find('\n') == std::string::npos) program += '\n';
    spec["mainApplicationFile"] = program;
  }
  if (!options.arguments.empty()) {
    json::Array arguments;
    for (const std::string& argument : options.arguments) arguments.emplace_back(argument);
    spec["arguments"] = std::move(arguments);
  }
  return application;
}

bool Manifest::ok() const {
  return std::ranges::all_of(findings, [](const Finding& finding) { return finding.warning; });
}

Manifest read_manifest(const Input& input) {
  Manifest manifest;
  Result<std::vector<json::YamlDocument>> documents = json::parse_yaml(input.text);
  if (!documents) {
    manifest.findings.push_back({0, "", documents.error().message, false});
    return manifest;
  }
  for (json::YamlDocument& document : *documents) {
    if (json::string_at(document.value, "kind") == "List") {
      for (const json::Value& item : json::array_at(document.value, {"items"})) {
        manifest.documents.push_back({item, document.line});
      }
    } else {
      manifest.documents.push_back(std::move(document));
    }
  }
  if (manifest.documents.empty()) {
    manifest.findings.push_back({0, "", "found no document, expected a SparkApplication", false});
  }
  for (const json::YamlDocument& document : manifest.documents) {
    check_document(input, document, manifest.findings);
  }
  return manifest;
}

Result<Manifest> load_documents(const RunOptions& options, Input& input) {
  input = TRY(read_input(options.file));
  if (!is_program(options.file)) {
    if (!options.arguments.empty() || !options.main_class.empty() || !options.image.empty()) {
      return fail(
          ErrorCode::kInvalid,
          "--image, --class and arguments are for a bare program; a manifest has spec.image, "
          "spec.mainClass and spec.arguments");
    }
    return read_manifest(input);
  }
  Manifest manifest;
  manifest.documents.push_back({TRY(application_around(input, options)), 0});
  const spark::Validation validation = spark::validate(manifest.documents[0].value);
  for (const Problem& problem : validation.problems) {
    manifest.findings.push_back({0, problem.path, problem.message, false});
  }
  return manifest;
}

std::string print_findings(const std::string& name, const std::vector<Finding>& findings,
                           bool coloured) {
  std::string text;
  for (const Finding& finding : findings) {
    const std::string place =
        finding.line > 0 ? fmt::format("{}:{}:", name, finding.line) : name + ":";
    const Tone tone = finding.warning ? Tone::kBusy : Tone::kBad;
    text += fmt::format("{} {}{}{}\n", paint(place, Tone::kBold, coloured),
                        paint(finding.warning ? "warning: " : "", tone, coloured),
                        finding.path.empty() ? "" : finding.path + ": ", finding.message);
  }
  return text;
}

}  // namespace firesteel::cli
