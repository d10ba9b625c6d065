import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * orderflow-v1 with Flink's own language: a keyed process function on a cluster inside this process.
 *
 * <p>The source makes a trade from each record of the input in memory; it goes through Flink's exchange to the thread
 * that keys it. State is on the heap, and a timer at the end of all time ends what is open. The first jobs warm the
 * machine up and do not count; of the others, the clock runs from the first record to the end of the sink.
 */
public final class Orderflow {
    private static final int RECORD = 40;
    private static final int WARMING = 3;
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;

    // One job at a time reads the input and writes these; a job's end comes before what is read after it.
    private static ByteBuffer input;
    private static volatile long begin;
    private static volatile long end;
    private static volatile Check check;

    /** A trade with the touch that it met. */
    public static final class Trade {
        public long time;
        public int symbol;
        public int size;
        public double price;
        public double bid;
        public double ask;

        public Trade() {}

        static Trade at(long number) {
            if (number == 0) begin = System.nanoTime();
            int place = (int) number * RECORD;
            Trade trade = new Trade();
            trade.time = input.getLong(place);
            trade.symbol = input.getInt(place + 8);
            trade.size = input.getInt(place + 12);
            trade.price = input.getDouble(place + 16);
            trade.bid = input.getDouble(place + 24);
            trade.ask = input.getDouble(place + 32);
            return trade;
        }
    }

    /** A candle of a second or, with what only a minute has, of a minute. */
    public static final class Ended {
        public boolean minute;
        public int open;
        public int high;
        public int low;
        public int close;
        public long volume;
        public long buy;
        public long sell;
        public long delta;
        public int control;
        public int areaLow;
        public int areaHigh;

        public Ended() {}

        Ended(boolean minute, int[] prices, long volume) {
            this.minute = minute;
            open = prices[0];
            high = prices[1];
            low = prices[2];
            close = prices[3];
            this.volume = volume;
        }
    }

    /** What one symbol knows. */
    public static final class Flow {
        private boolean rising = true;
        private int last;
        private long secondEnd;
        private long minuteEnd;
        private final int[] second = new int[4];
        private final int[] minute = new int[4];
        private long secondVolume;
        private long minuteVolume;
        private long buy;
        private long sell;
        private long delta;
        private long total;
        private int origin;
        private int[] rows;

        void take(Trade trade, Collector<Ended> out) {
            int price = (int) (trade.price * 100.0 + 0.5);
            if (trade.time >= secondEnd) {
                finish(trade.time, out);
                secondEnd = trade.time - trade.time % SECOND + SECOND;
            }
            if (trade.price >= trade.ask) {
                rising = true;
            } else if (trade.price <= trade.bid) {
                rising = false;
            } else if (price != last) {
                rising = price > last;
            }
            last = price;
            if (secondVolume == 0) {
                Arrays.fill(second, price);
            } else {
                if (price > second[1]) second[1] = price;
                if (price < second[2]) second[2] = price;
                second[3] = price;
            }
            secondVolume += trade.size;
            if (rising) buy += trade.size;
            else sell += trade.size;
            int row = row(price); // which may lay the rows anew
            rows[row] += trade.size;
            total += trade.size;
        }

        /** Ends the second that is open, and the minute if it is over at this time. */
        void finish(long time, Collector<Ended> out) {
            if (secondVolume > 0) {
                out.collect(new Ended(false, second, secondVolume));
                if (minuteVolume == 0) {
                    System.arraycopy(second, 0, minute, 0, 4);
                } else {
                    minute[1] = Math.max(minute[1], second[1]);
                    minute[2] = Math.min(minute[2], second[2]);
                    minute[3] = second[3];
                }
                minuteVolume += secondVolume;
                secondVolume = 0;
            }
            if (time < minuteEnd) return;
            if (minuteVolume > 0) finishMinute(out);
            minuteEnd = time - time % MINUTE + MINUTE;
        }

        private void finishMinute(Collector<Ended> out) {
            Ended ended = new Ended(true, minute, minuteVolume);
            delta += buy - sell;
            ended.buy = buy;
            ended.sell = sell;
            ended.delta = delta;
            area(ended);
            buy = sell = minuteVolume = 0;
            out.collect(ended);
        }

        /** The place of a price among the rows, which grow on both sides where they must. */
        private int row(int price) {
            if (rows == null) {
                rows = new int[1024];
                origin = price - 512;
            }
            while (price < origin || price >= origin + rows.length) {
                int[] wider = new int[rows.length * 2];
                System.arraycopy(rows, 0, wider, rows.length / 2, rows.length);
                origin -= rows.length / 2;
                rows = wider;
            }
            return price - origin;
        }

        private void area(Ended ended) {
            int lowest = 0;
            int highest = rows.length - 1;
            while (rows[lowest] == 0) lowest++;
            while (rows[highest] == 0) highest--;
            int control = lowest;
            for (int row = lowest; row <= highest; row++) if (rows[row] > rows[control]) control = row;
            long held = rows[control];
            int low = control;
            int high = control;
            while (held * 10 < total * 7) {
                long above = high < highest ? rows[high + 1] : -1;
                long below = low > lowest ? rows[low - 1] : -1;
                held += Math.max(above, below);
                if (above >= below) high++;
                else low--;
            }
            ended.control = control + origin;
            ended.areaLow = low + origin;
            ended.areaHigh = high + origin;
        }
    }

    /** One symbol's trades into its state, which Flink keeps by key. */
    public static final class SymbolFunction extends KeyedProcessFunction<Integer, Trade, Ended> {
        private transient ValueState<Flow> flows;

        @Override
        public void open(OpenContext context) {
            flows = getRuntimeContext().getState(new ValueStateDescriptor<>("flow", TypeInformation.of(Flow.class)));
        }

        @Override
        public void processElement(Trade trade, Context context, Collector<Ended> out) throws IOException {
            Flow flow = flows.value();
            if (flow == null) {
                flow = new Flow();
                flows.update(flow);
                context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
            }
            flow.take(trade, out);
        }

        @Override
        public void onTimer(long time, OnTimerContext context, Collector<Ended> out) throws IOException {
            flows.value().finish(Long.MAX_VALUE - MINUTE, out);
        }
    }

    /** Counts and sums over all that was emitted. */
    private static final class Check {
        private long seconds;
        private long minutes;
        private long secondPrices;
        private long volume;
        private long minutePrices;
        private long areas;
        private long buy;
        private long sell;
        private long delta;

        Check(List<Ended> all) {
            for (Ended one : all) add(one);
        }

        private void add(Ended one) {
            long prices = (long) one.open + one.high + one.low + one.close;
            if (!one.minute) {
                seconds++;
                secondPrices += prices;
                volume += one.volume;
                return;
            }
            minutes++;
            minutePrices += prices;
            areas += one.control + one.areaLow + one.areaHigh;
            buy += one.buy;
            sell += one.sell;
            delta += one.delta;
        }

        @Override
        public String toString() {
            return String.format(
                    "CHECK n1s=%d n1m=%d s1=%d v=%d m1=%d va=%d buy=%d sell=%d cvd=%d",
                    seconds, minutes, secondPrices, volume, minutePrices, areas, buy, sell, delta);
        }
    }

    /** Keeps all that was emitted, and stops the clock at the end. */
    public static final class Gathering implements Sink<Ended> {
        @Override
        public SinkWriter<Ended> createWriter(WriterInitContext context) {
            return new SinkWriter<>() {
                private final List<Ended> all = new ArrayList<>();

                @Override
                public void write(Ended one, Context context) {
                    all.add(one);
                }

                @Override
                public void flush(boolean ending) {
                    if (!ending) return;
                    end = System.nanoTime();
                    check = new Check(all);
                }

                @Override
                public void close() {}
            };
        }
    }

    private static double job(int trades) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1);
        environment.getConfig().enableObjectReuse();
        environment
                .fromSource(
                        new DataGeneratorSource<>(Trade::at, trades, TypeInformation.of(Trade.class)),
                        WatermarkStrategy.noWatermarks(),
                        "trades")
                .keyBy(trade -> trade.symbol)
                .process(new SymbolFunction())
                .sinkTo(new Gathering());
        environment.execute("orderflow");
        return trades * 1e9 / (end - begin);
    }

    /** INPUT --symbols N --rounds N, as the peers in Python have it. */
    public static void main(String[] arguments) throws Exception {
        List<String> words = Arrays.asList(arguments);
        int symbols = Integer.parseInt(words.get(words.indexOf("--symbols") + 1));
        int rounds = words.contains("--rounds") ? Integer.parseInt(words.get(words.indexOf("--rounds") + 1)) : 3;
        byte[] bytes = Files.readAllBytes(Path.of(arguments[0]));
        input = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int trades = bytes.length / RECORD;
        for (int round = 0; round < WARMING; round++) job(trades);
        double[] speeds = new double[rounds];
        for (int round = 0; round < rounds; round++) speeds[round] = job(trades);
        Arrays.sort(speeds);
        System.out.println(check);
        System.out.printf(
                "RESULT orderflow-v1 peer=flink version=%s symbols=%d trades=%d trades_per_second=%d%n",
                EnvironmentInformation.getVersion(), symbols, trades, (long) speeds[rounds / 2]);
    }
}
