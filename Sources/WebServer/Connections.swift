internal import CWebSockets

/// The connections of one page server, and what each of them is still owed. Touched by the thread that serves alone.
final class Connections {
    private struct Connection {
        /// Its place in the order of arrival.
        let number: Int
        var body: [UInt8] = []
        var sent = 0
        /// Whether the connection ends behind this answer.
        var isLast = false
    }

    private let limits: WebLimits
    private let answer: (String) -> WebAnswer
    /// By the address that the library knows a connection by.
    private var open: [Int: Connection] = [:]
    private var arrivals = 0

    init(limits: WebLimits, answer: @escaping (String) -> WebAnswer) {
        self.limits = limits
        self.answer = answer
    }

    /// Takes one step of a connection; false ends it.
    func step(_ wsi: OpaquePointer, _ reason: lws_callback_reasons, _ input: UnsafeMutableRawPointer?) -> Bool {
        switch reason {
        case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: unsafe arrive(wsi)
        case LWS_CALLBACK_WSI_DESTROY: open[Int(bitPattern: wsi)] = nil
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return false
        case LWS_CALLBACK_HTTP:
            let path = unsafe input.map { unsafe String(cString: $0.assumingMemoryBound(to: CChar.self)) }
            return unsafe begin(wsi, path: path ?? "")
        case LWS_CALLBACK_HTTP_WRITEABLE: return unsafe goOn(wsi)
        case _: break
        }
        return true
    }

    private func arrive(_ wsi: OpaquePointer) {
        if open.count >= limits.connections, let oldest = open.min(by: { $0.value.number < $1.value.number })?.key {
            open[oldest] = nil
            unsafe lws_set_timeout(OpaquePointer(bitPattern: oldest), PENDING_TIMEOUT_CLOSE_ACK, LWS_TO_KILL_ASYNC)
        }
        arrivals += 1
        open[Int(bitPattern: wsi)] = Connection(number: arrivals)
    }

    /// Sends the head of the answer.
    private func begin(_ wsi: OpaquePointer, path: String) -> Bool {
        guard var connection = open[Int(bitPattern: wsi)] else { return false }
        let isHead = unsafe lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0
        let isGet = unsafe lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0
        let bringsBody =
            unsafe lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0
            || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0
        let said: WebAnswer
        switch (isGet || isHead, bringsBody) {
        case (true, false): said = answer(path)
        case (true, true): said = .text(400, "a request must not bring a body")
        case (false, _): said = .text(405, "only GET and HEAD are answered")
        }
        connection.isLast = !(isGet || isHead) || bringsBody
        connection.body = isHead ? [] : said.body
        connection.sent = 0
        open[Int(bitPattern: wsi)] = connection
        guard unsafe sendHead(said, to: wsi) else { return false }
        guard !isHead else { return unsafe end(wsi, connection) }
        return unsafe lws_callback_on_writable(wsi) >= 0
    }

    private func sendHead(_ answer: WebAnswer, to wsi: OpaquePointer) -> Bool {
        var buffer = [UInt8](repeating: 0, count: WEB_PRE + 1_024)
        return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            let head = unsafe start + WEB_PRE
            let end = unsafe start + buffer.count
            var place: UnsafeMutablePointer<UInt8>? = unsafe head
            let status = UInt32(answer.status) | UInt32(LWSAHH_FLAG_NO_SERVER_NAME)
            guard
                unsafe lws_add_http_common_headers(
                    wsi, status, answer.contentType, UInt64(answer.body.count), &place, end) == 0,
                unsafe addHeader("cache-control:", "no-store", wsi, &place, end),
                unsafe answer.status != 405 || addHeader("allow:", "GET, HEAD", wsi, &place, end)
            else { return false }
            return unsafe lws_finalize_write_http_header(wsi, head, &place, end) == 0
        }
    }

    private func addHeader(
        _ name: String, _ value: String, _ wsi: OpaquePointer, _ place: inout UnsafeMutablePointer<UInt8>?,
        _ end: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let bytes = Array(value.utf8)
        return unsafe lws_add_http_header_by_name(wsi, name, bytes, Int32(bytes.count), &place, end) == 0
    }

    /// Sends the next piece of the body; the connection then waits for another request.
    private func goOn(_ wsi: OpaquePointer) -> Bool {
        guard var connection = open[Int(bitPattern: wsi)] else { return false }
        let piece = connection.body[connection.sent...].prefix(WebLimits.chunkLimit)
        let isEnd = connection.sent + piece.count == connection.body.count
        var buffer = [UInt8](repeating: 0, count: WEB_PRE) + piece
        let written = unsafe buffer.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return -1 }
            let kind = isEnd ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP
            return unsafe lws_write(wsi, start + WEB_PRE, piece.count, kind)
        }
        guard written >= 0 else { return false }
        connection.sent += piece.count
        guard isEnd else {
            open[Int(bitPattern: wsi)] = connection
            return unsafe lws_callback_on_writable(wsi) >= 0
        }
        connection.body = []
        connection.sent = 0
        open[Int(bitPattern: wsi)] = connection
        return unsafe end(wsi, connection)
    }

    /// Ends an answer; the connection waits for the next request, unless this was its last.
    private func end(_ wsi: OpaquePointer, _ connection: Connection) -> Bool {
        unsafe lws_http_transaction_completed(wsi) == 0 && !connection.isLast
    }
}
