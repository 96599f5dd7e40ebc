#include "operator/decide/diagnose_log.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

namespace firesteel::operators::decide {
namespace {

constexpr std::size_t kLongestLine = 400;
constexpr std::string_view kTraceback = "Traceback (most recent call last):";
constexpr std::string_view kMainException = "Exception in thread \"main\" ";
constexpr std::string_view kCause = "Caused by: ";

// A line that contains all of `first` (and one of `any`, when there are any) is this trouble.
struct Pattern {
  std::string_view first;
  std::initializer_list<std::string_view> any;
  FailureClass failure;
  std::string_view change;
};

constexpr std::string_view kS3Rights =
    "check the S3 credentials (fs.s3a.access.key and fs.s3a.secret.key, or the Secret they come "
    "from) and the bucket's policy";
constexpr std::string_view kS3Bucket =
    "create the bucket, or correct its name or fs.s3a.endpoint in spec.hadoopConf";
constexpr std::string_view kMetastore =
    "check that the Hive metastore runs and that hive.metastore.uris in spec.sparkConf or "
    "spec.hadoopConf names it";
constexpr std::string_view kExecutorMemory =
    "raise spec.executor.memory or spec.executor.memoryOverhead, or use more partitions";
constexpr std::string_view kDriverMemory = "raise spec.driver.memory";
constexpr std::string_view kMissingClass =
    "check spec.mainClass, and that spec.mainApplicationFile, spec.deps or the image has the class";
constexpr std::string_view kMissingFile =
    "check the path: local:// is inside of the image, anything else must be where the driver can "
    "read it";

// The most telling first: of two that match, the upper one is the cause of the lower one.
const Pattern kPatterns[] = {
    {"ExecutorLostFailure",
     {"code 137", "OOMKilled", "exit code 52", "possible container OOM"},
     FailureClass::kOutOfMemory,
     kExecutorMemory},
    {"java.lang.OutOfMemoryError", {}, FailureClass::kOutOfMemory, kDriverMemory},
    {"NoSuchBucket", {}, FailureClass::kUser, kS3Bucket},
    {"The specified bucket does not exist", {}, FailureClass::kUser, kS3Bucket},
    {"InvalidAccessKeyId", {}, FailureClass::kUser, kS3Rights},
    {"SignatureDoesNotMatch", {}, FailureClass::kUser, kS3Rights},
    {"NoAuthWithAWSException", {}, FailureClass::kUser, kS3Rights},
    {"AccessDeniedException", {"s3", "S3"}, FailureClass::kUser, kS3Rights},
    {"Code: 403", {"s3", "S3", "Forbidden", "AccessDenied"}, FailureClass::kUser, kS3Rights},
    {"code: 403", {"s3", "S3", "Forbidden", "AccessDenied"}, FailureClass::kUser, kS3Rights},
    {"NoSuchKey", {}, FailureClass::kUser, kMissingFile},
    {"Code: 404", {"s3", "S3"}, FailureClass::kUser, kS3Bucket},
    {"Could not connect to meta store", {}, FailureClass::kInfrastructure, kMetastore},
    {"Failed to connect to the MetaStore Server", {}, FailureClass::kInfrastructure, kMetastore},
    {"TTransportException",
     {"Connect", "connect", "timed out"},
     FailureClass::kInfrastructure,
     kMetastore},
    {"HiveMetaStoreClient", {"Unable to instantiate"}, FailureClass::kInfrastructure, kMetastore},
    {"Failed to find data source",
     {},
     FailureClass::kUser,
     "add the connector to spec.deps.packages or to the image"},
    {"DATA_SOURCE_NOT_FOUND",
     {},
     FailureClass::kUser,
     "add the connector to spec.deps.packages or to the image"},
    {"ClassNotFoundException", {}, FailureClass::kUser, kMissingClass},
    {"NoClassDefFoundError", {}, FailureClass::kUser, kMissingClass},
    {"Failed to load class", {}, FailureClass::kUser, kMissingClass},
    {"FileNotFoundException", {}, FailureClass::kUser, kMissingFile},
    {"NoSuchFileException", {}, FailureClass::kUser, kMissingFile},
    {"Path does not exist", {}, FailureClass::kUser, kMissingFile},
    {"PATH_NOT_FOUND", {}, FailureClass::kUser, kMissingFile},
    {"can't open file", {}, FailureClass::kUser, kMissingFile},
    {"FileNotFoundError", {}, FailureClass::kUser, kMissingFile},
    {"ModuleNotFoundError",
     {},
     FailureClass::kUser,
     "add the module to the image, or its file to spec.deps.pyFiles"},
    {"UnknownHostException",
     {},
     FailureClass::kInfrastructure,
     "check the host's name, and that the cluster's DNS knows it"},
    {"Connection refused",
     {},
     FailureClass::kInfrastructure,
     "check that the service it talks to runs and is reachable from pods"},
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Ordinary lines of Spark's log: trouble in them was survived.
bool is_chatter(std::string_view line) {
  return contains(line, " INFO ") || contains(line, " WARN ") || contains(line, " DEBUG ");
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool matches(std::string_view line, const Pattern& pattern) {
  if (!contains(line, pattern.first)) return false;
  return pattern.any.size() == 0 || std::ranges::any_of(pattern.any, [&](std::string_view part) {
           return contains(line, part);
         });
}

// Without what stands in front of the message: "Exception in thread ...", "Caused by:", the time
// and the logger.
std::string shorten(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t' || line.front() == ':')) {
    line.remove_prefix(1);
  }
  for (const std::string_view prefix : {kMainException, kCause}) {
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
  }
  const std::size_t level = line.find(" ERROR ");
  if (level < 40) line.remove_prefix(level + 1);  // npos is far above
  std::string text = hide_secrets(line);
  if (text.size() <= kLongestLine) return text;
  std::size_t end = kLongestLine;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

using Lines = std::span<const std::string_view>;

std::optional<LogFinding> find_known(Lines lines) {
  for (const Pattern& pattern : kPatterns) {
    for (std::size_t i = lines.size(); i-- > 0;) {
      if (is_chatter(lines[i]) || !matches(lines[i], pattern)) continue;
      return LogFinding{pattern.failure, shorten(lines[i]), std::string(pattern.change)};
    }
  }
  return std::nullopt;
}

// The line that ends the last traceback: the first after it that is not indented.
std::optional<LogFinding> find_traceback(Lines lines) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    const bool syntax =
        lines[i].starts_with("SyntaxError: ") || lines[i].starts_with("IndentationError: ");
    const std::size_t from = syntax ? i : i + 1;
    if (!syntax && !contains(lines[i], kTraceback)) continue;
    for (std::size_t end = from; end < lines.size(); ++end) {
      if (lines[end].empty() || lines[end].front() == ' ') continue;
      return LogFinding{FailureClass::kUser, shorten(lines[end]),
                        "correct the program: the traceback in its log shows the place"};
    }
  }
  return std::nullopt;
}

std::optional<LogFinding> find_exception(Lines lines) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (!lines[i].starts_with(kMainException)) continue;
    std::string line = shorten(lines[i]);
    for (std::size_t cause = lines.size(); cause-- > i;) {
      if (!lines[cause].starts_with(kCause)) continue;
      line += "; caused by: " + shorten(lines[cause]);
      break;
    }
    return LogFinding{FailureClass::kUser, std::move(line),
                      "the exception in the driver's log shows the place"};
  }
  for (std::size_t i = lines.size(); i-- > 0;) {
    const bool error = lines[i].starts_with("Error: ") || lines[i].starts_with("error: ");
    if (!error) continue;
    return LogFinding{FailureClass::kUser, shorten(lines[i]), "the driver's log says more"};
  }
  return std::nullopt;
}

// Where the last failure begins: what was written before it was survived. The traceback of a
// Python worker stands within its driver's.
std::size_t start_of_end(Lines lines) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (lines[i].starts_with(kTraceback) || lines[i].starts_with(kMainException)) return i;
  }
  return 0;
}

}  // namespace

std::string hide_secrets(std::string_view text) {
  constexpr std::string_view kKeys[] = {
      "password=",  "passwd=",    "secret=",  "secret.key=", "secretkey=", "token=",
      "signature=", "password: ", "secret: ", "token: ",     "access.key="};
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(lower).substr(at);
    std::size_t skip = 0;
    for (const std::string_view key : kKeys) {
      if (rest.starts_with(key)) skip = key.size();
    }
    if (rest.starts_with("://")) {  // user:password@host
      const std::size_t end = std::min(rest.find_first_of("/ \"'", 3), rest.size());
      const std::size_t sign = rest.substr(0, end).find('@');
      if (sign != std::string_view::npos) {
        out += "://***";
        at += sign;
        continue;
      }
    }
    if (skip == 0) {
      out.push_back(text[at++]);
      continue;
    }
    out += text.substr(at, skip);
    out += "***";
    at = std::min(text.find_first_of("&,; \"'", at + skip), text.size());
  }
  return out;
}

std::optional<LogFinding> diagnose_log(std::string_view tail) {
  if (tail.size() > kLogTail) tail.remove_prefix(tail.size() - kLogTail);
  const std::vector<std::string_view> all = lines_of(tail);
  const std::size_t start = start_of_end(all);
  const Lines end = Lines(all).subspan(start);
  if (auto known = find_known(end)) return known;
  if (auto traceback = find_traceback(end)) return traceback;
  return find_exception(end);
}

}  // namespace firesteel::operators::decide
