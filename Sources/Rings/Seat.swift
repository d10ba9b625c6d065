internal import CPlatform

/// The calling thread's place in the machine.
public enum Seat {
    /// Ties the calling thread to one core; returns the system's error number if that fails, nil if it worked.
    public static func pin(to core: Int) -> Int32? {
        let failure = platform_pin(Int32(core))
        return failure == 0 ? nil : failure
    }

    /// Names the calling thread as `top` and `perf` show it; the system keeps fifteen bytes.
    public static func name(_ name: String) { unsafe platform_name_thread(String(name.utf8.prefix(15)) ?? "lane") }

    /// A number that tells the calling thread from every other living one.
    public static var current: UInt64 { platform_thread_id() }

    /// Tells the processor that the thread waits for another.
    public static func pause() { platform_pause() }

    /// Nanoseconds of a clock that only goes forward.
    public static var monotonic: Int64 { platform_monotonic() }

    /// Nanoseconds since 1970 by the system's clock.
    public static var wallClock: Int64 { platform_wall() }
}

extension Seat {
    /// The window of the terminal behind a file descriptor, in characters; nil where it does not tell.
    public static func windowSize(behind descriptor: Int32) -> (columns: Int, rows: Int)? {
        let size = platform_window_size(descriptor)
        return size > 0 ? (Int(size >> 16), Int(size & 0xFFFF)) : nil
    }

    /// Gives the core away for about so many nanoseconds.
    public static func sleep(_ nanoseconds: UInt64) { platform_yield(nanoseconds) }

    /// Waits a little, longer the more often it was in vain: first a pause of the processor, then the core is given
    /// to others, then sleep of 50 µs.
    public static func wait(_ times: Int) {
        if times < 64 {
            platform_pause()
        } else {
            platform_yield(times < 256 ? 0 : 50_000)
        }
    }
}
