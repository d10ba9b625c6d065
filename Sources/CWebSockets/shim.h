#include <libwebsockets.h>

// A macro that Swift does not see: bytes that the library wants before those that it is to send.
enum { WEB_PRE = LWS_PRE };
