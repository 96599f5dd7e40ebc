#pragma once
// Aligned columns, as kubectl prints them: three spaces between, no trailing blanks, widths in
// characters (not bytes). Pure.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace firesteel::cli {

// The number of columns that UTF-8 text takes on a terminal; escape sequences (colours) take none.
[[nodiscard]] std::size_t display_width(std::string_view text);

class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  // A row may be shorter than the header. Line breaks in a cell become spaces.
  void add(std::vector<std::string> row);
  [[nodiscard]] bool empty() const { return rows_.size() < 2; }
  [[nodiscard]] std::string print(bool with_header = true) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "Label:   value" lines with the values aligned; a value of several lines is indented below
// itself. Empty values are left out.
[[nodiscard]] std::string print_fields(
    const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace firesteel::cli
