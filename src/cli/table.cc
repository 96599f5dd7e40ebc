#include "cli/table.h"

#include <algorithm>

namespace firesteel::cli {

namespace {

constexpr std::size_t kGap = 3;

void pad(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  const std::size_t used = display_width(text);
  if (used < width) out.append(width - used, ' ');
}

void end_line(std::string& out) {
  while (!out.empty() && out.back() == ' ') out.pop_back();
  out += '\n';
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0x1b && at + 1 < text.size() && text[at + 1] == '[') {
      at += 2;
      while (at < text.size() && (text[at] < '@' || text[at] > '~')) ++at;
    } else if ((byte & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) std::ranges::replace(cell, '\n', ' ');
  rows_.push_back(std::move(row));
}

std::string Table::print(bool with_header) const {
  std::vector<std::size_t> widths;
  for (std::size_t index = with_header ? 0 : 1; index < rows_.size(); ++index) {
    const std::vector<std::string>& row = rows_[index];
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], display_width(row[column]));
    }
  }
  std::string out;
  for (std::size_t index = with_header ? 0 : 1; index < rows_.size(); ++index) {
    const std::vector<std::string>& row = rows_[index];
    for (std::size_t column = 0; column < row.size(); ++column) {
      pad(out, row[column], widths[column] + kGap);
    }
    end_line(out);
  }
  return out;
}

std::string print_fields(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::size_t width = 0;
  for (const auto& [label, value] : fields) {
    if (!value.empty()) width = std::max(width, display_width(label) + 1 + kGap);
  }
  std::string out;
  for (const auto& [label, value] : fields) {
    if (value.empty()) continue;
    pad(out, label + ":", width);
    for (const char letter : value) {
      out += letter;
      if (letter == '\n') out.append(width, ' ');
    }
    end_line(out);
  }
  return out;
}

}  // namespace firesteel::cli
