// UTF-8 and code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toolken {

void append_utf8(std::string & text, uint32_t code_point);

// Of valid UTF-8; what comes after an invalid byte is left out.
std::vector<uint32_t> utf8_code_points(std::string_view text);

} // namespace toolken
