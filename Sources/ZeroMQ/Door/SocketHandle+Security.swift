internal import CZeroMQ

extension SocketHandle {
    /// A peer that vanished without a word (its power, its line) is noticed within a minute where nothing is under way
    /// to it, by the system's own probes, and else after five: so long a reader may also take nothing at all. ZeroMQ's
    /// heartbeats are not used: they would cut off a peer that merely reads slowly.
    func detectLostPeers() throws(ZeroMQError) {
        try set(ZMQ_TCP_KEEPALIVE, to: Int32(1), named: "TCP_KEEPALIVE")
        try set(ZMQ_TCP_KEEPALIVE_IDLE, to: Int32(30), named: "TCP_KEEPALIVE_IDLE")
        try set(ZMQ_TCP_KEEPALIVE_INTVL, to: Int32(10), named: "TCP_KEEPALIVE_INTVL")
        try set(ZMQ_TCP_KEEPALIVE_CNT, to: Int32(3), named: "TCP_KEEPALIVE_CNT")
        try set(ZMQ_TCP_MAXRT, to: Int32(300_000), named: "TCP_MAXRT")
    }

    /// Lets ZeroMQ ask the doorkeeper about each peer, by the domain, also where no keys are asked for.
    ///
    /// Nobody's message comes before the answer, each carries its sender's admission, and peers of protocols that know
    /// no such question (ZMTP 1 and 2) are refused. The doorkeeper must be there as long as the socket is: without it
    /// ZeroMQ would let everybody in.
    func ask(by domain: String) throws(ZeroMQError) {
        precondition(!domain.isEmpty, "A door must have a name.")
        try set(ZMQ_ZAP_DOMAIN, to: domain, named: "ZAP_DOMAIN")
    }

    /// Makes this the listening end of protected connections.
    func serve(as server: CurveServer) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVER, to: Int32(1), named: "CURVE_SERVER")
        try set(ZMQ_CURVE_SECRETKEY, to: server.keys.secretKey.text, named: "CURVE_SECRETKEY")
    }

    /// Makes this the connecting end of protected connections.
    func meet(as client: CurveClient) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVERKEY, to: client.server.description, named: "CURVE_SERVERKEY")
        try set(ZMQ_CURVE_PUBLICKEY, to: client.keys.publicKey.description, named: "CURVE_PUBLICKEY")
        try set(ZMQ_CURVE_SECRETKEY, to: client.keys.secretKey.text, named: "CURVE_SECRETKEY")
    }
}
