// missing_function_imports of program.h: a small reader of Python's tokens.
#include <algorithm>
#include <map>

#include "spark/program.h"

namespace firesteel::spark {
namespace {

// Of pyspark.sql.functions, sorted; without the names that Python itself has (sum, max, min, abs,
// round, filter, ...).
constexpr std::string_view kFunctions[] = {"approx_count_distinct",
                                           "array",
                                           "array_contains",
                                           "asc",
                                           "avg",
                                           "broadcast",
                                           "cast",
                                           "ceil",
                                           "coalesce",
                                           "col",
                                           "collect_list",
                                           "collect_set",
                                           "concat",
                                           "concat_ws",
                                           "count",
                                           "countDistinct",
                                           "count_distinct",
                                           "create_map",
                                           "current_date",
                                           "current_timestamp",
                                           "date_add",
                                           "date_format",
                                           "date_sub",
                                           "date_trunc",
                                           "datediff",
                                           "dayofmonth",
                                           "dayofweek",
                                           "dayofyear",
                                           "dense_rank",
                                           "desc",
                                           "explode",
                                           "explode_outer",
                                           "expr",
                                           "first",
                                           "floor",
                                           "from_json",
                                           "from_unixtime",
                                           "get_json_object",
                                           "greatest",
                                           "hour",
                                           "initcap",
                                           "input_file_name",
                                           "instr",
                                           "isnan",
                                           "isnull",
                                           "lag",
                                           "last",
                                           "lead",
                                           "least",
                                           "length",
                                           "lit",
                                           "lower",
                                           "lpad",
                                           "ltrim",
                                           "md5",
                                           "mean",
                                           "minute",
                                           "monotonically_increasing_id",
                                           "month",
                                           "percentile_approx",
                                           "posexplode",
                                           "quarter",
                                           "rand",
                                           "randn",
                                           "rank",
                                           "regexp_extract",
                                           "regexp_replace",
                                           "row_number",
                                           "rpad",
                                           "rtrim",
                                           "second",
                                           "sha2",
                                           "size",
                                           "split",
                                           "sqrt",
                                           "stddev",
                                           "struct",
                                           "substring",
                                           "sumDistinct",
                                           "sum_distinct",
                                           "to_date",
                                           "to_json",
                                           "to_timestamp",
                                           "to_utc_timestamp",
                                           "trim",
                                           "trunc",
                                           "udf",
                                           "unix_timestamp",
                                           "upper",
                                           "variance",
                                           "weekofyear",
                                           "when",
                                           "window",
                                           "year"};
static_assert(std::ranges::is_sorted(kFunctions));

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // The next name or single character outside of strings and comments; empty at the end.
  std::string_view next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (is_name(c)) {
        const std::size_t start = at_;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        const bool prefixed = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
        if (prefixed) {  // r"...", f'...': what f-strings call is not looked at
          skip_string(text_[at_]);
          continue;
        }
        return text_.substr(start, at_ - start);
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else {
        return text_.substr(at_++, 1);
      }
    }
    return {};
  }

 private:
  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool is_triple = text_.substr(at_, 3) == triple;
    at_ += is_triple ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        at_ += 2;
      } else if (is_triple ? text_.substr(at_, 3) == triple : text_[at_] == quote) {
        at_ += is_triple ? 3 : 1;
        return;
      } else if (!is_triple && text_[at_] == '\n') {
        return;  // unterminated: Python will say so
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> missing_function_imports(std::string_view python) {
  std::map<std::string_view, bool> called;  // name -> every use is a call of something undefined
  Reader reader(python);
  std::string_view before;
  std::string_view token = reader.next();
  while (!token.empty()) {
    const std::string_view after = reader.next();
    if (before == "import" && token == "*") return {};
    // Nothing may stand before it, so there is no place for an import.
    if (token == "__future__") return {};
    if (is_name_start(token.front()) && before != "." &&
        std::ranges::binary_search(kFunctions, token)) {
      const bool defined = before == "def" || before == "class" || before == "import" ||
                           before == "as" || after != "(";
      const auto at = called.emplace(token, true).first;
      if (defined) at->second = false;
    }
    before = token;
    token = after;
  }
  std::vector<std::string> out;
  for (const auto& [name, missing] : called) {
    if (missing) out.emplace_back(name);
  }
  return out;
}

}  // namespace firesteel::spark
