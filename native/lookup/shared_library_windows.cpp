#if defined(_WIN32)

#include "shared_library.h"

#include "../core/error.h"

#include <windows.h>

#include <vector>

namespace toolken {

namespace {

std::wstring wide(const std::string & text) {
    const int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
    std::wstring result(static_cast<size_t>(size), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), result.data(), size);
    return result;
}

// Modules that llama.cpp's libraries are bound to: Windows finds a dependency by its base name among those
// loaded.
std::vector<std::wstring> opened_names;

std::wstring base_name(const std::wstring & path) {
    const auto slash = path.find_last_of(L"\\/");
    return slash == std::wstring::npos ? path : path.substr(slash + 1);
}

void * address(HMODULE module, const char * name) {
    return module == nullptr ? nullptr : reinterpret_cast<void *>(GetProcAddress(module, name));
}

} // namespace

SharedLibrary::SharedLibrary(const std::string & path) {
    const auto path16 = wide(path);
    // Its dependencies lie beside it.
    auto * module = LoadLibraryExW(path16.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module == nullptr) {
        const auto error = GetLastError();
        std::string reason = "error " + std::to_string(error);
        if (error == ERROR_MOD_NOT_FOUND) {
            reason =
                "the file or a library that it needs is missing (error 126): llama.cpp needs Microsoft's "
                "Visual C++ runtime (MSVCP140.dll, VCRUNTIME140.dll)";
        } else if (error == ERROR_BAD_EXE_FORMAT) {
            reason = "it is damaged or made for another processor (error 193)";
        }
        throw Error("BINARY_INCOMPATIBLE", "Expected to load " + path + " but " + reason);
    }
    handle_ = module;
    opened_names.push_back(base_name(path16));
}

void * SharedLibrary::find(const char * name) const {
    if (auto * own_address = own(name)) {
        return own_address;
    }
    for (const auto & library : opened_names) {
        if (auto * found = address(GetModuleHandleW(library.c_str()), name)) {
            return found;
        }
    }
    return nullptr;
}

void * SharedLibrary::own(const char * name) const {
    return address(static_cast<HMODULE>(handle_), name);
}

} // namespace toolken

#endif
