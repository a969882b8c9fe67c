#if !defined(_WIN32)

#include "shared_library.h"

#include "../core/error.h"

#include <dlfcn.h>

namespace toolken {

// Local: two llama.cpp in one process (node-llama-cpp's beside ours) must not see each other's functions.
SharedLibrary::SharedLibrary(const std::string & path)
    : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
        const char * reason = dlerror();
        throw Error("BINARY_INCOMPATIBLE",
                    reason == nullptr ? "Expected the library " + path : std::string(reason));
    }
}

// dlsym searches a handle's dependencies as well.
void * SharedLibrary::find(const char * name) const {
    return dlsym(handle_, name);
}

void * SharedLibrary::own(const char * name) const {
    return dlsym(handle_, name);
}

} // namespace toolken

#endif
