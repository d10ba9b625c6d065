internal import CWebSockets

/// What the library calls at each step of a connection. In a file of its own: a C callback must not stand in a file
/// that is run from its top.
func connectionStep(
    _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ session: UnsafeMutableRawPointer?,
    _ input: UnsafeMutableRawPointer?, _ length: Int
) -> Int32 {
    guard let wsi = unsafe wsi, let context = unsafe lws_get_context(wsi),
        let user = unsafe lws_context_user(context)
    else { return 0 }
    let connections = unsafe Unmanaged<Connections>.fromOpaque(user).takeUnretainedValue()
    return unsafe connections.step(wsi, reason, input) ? 0 : -1
}
