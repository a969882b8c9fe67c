// Paths come from JavaScript in UTF-8; on Windows a plain std::string would be read as the ANSI code page.
#pragma once

#include <filesystem>
#include <string>

namespace toolken {

inline std::filesystem::path path_from_utf8(const std::string & path) {
    return {std::u8string(path.begin(), path.end())};
}

inline std::string path_to_utf8(const std::filesystem::path & path) {
    const auto text = path.u8string();
    return {text.begin(), text.end()};
}

} // namespace toolken
