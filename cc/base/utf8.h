// Whether bytes are text: file names may be any bytes, JSON may not.
#ifndef CC_BASE_UTF8_H_
#define CC_BASE_UTF8_H_

#include <string_view>

namespace lczero {

// Well-formed UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates,
// nothing above U+10FFFF.
bool IsUtf8(std::string_view bytes);

}  // namespace lczero

#endif  // CC_BASE_UTF8_H_
