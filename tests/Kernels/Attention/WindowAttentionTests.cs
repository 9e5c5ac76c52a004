using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Attention;

public class WindowAttentionTests
{
    public static TheoryData<CpuIsa, WindowAttentionShape> Cases
    {
        get
        {
            WindowAttentionShape[] shapes =
            [
                new(1, 2, 2, 1, 1, 2, 0), new(2, 6, 9, 2, 5, 3, 1), new(1, 14, 7, 3, 16, 7, 3), new(1, 12, 24, 1, 32, 12, 6),
                new(1, 7, 14, 2, 32, 7, 0), new(2, 4, 4, 5, 3, 4, 2), new(1, 10, 5, 1, 7, 5, 4),
            ];
            var data = new TheoryData<CpuIsa, WindowAttentionShape>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (WindowAttentionShape shape in shapes)
                    data.Add(isa, shape);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void MatchesRolledAndPartitionedLoops(CpuIsa isa, WindowAttentionShape shape)
    {
        var call = new Call(shape);
        double[][] expected = call.Expected();
        float[][] actual = call.Run(isa);
        for (int i = 0; i < expected.Length; i++)
            NaiveAttention.NearlyEqual(expected[i], actual[i]);
    }

    private sealed class Call(WindowAttentionShape shape)
    {
        private readonly float[] _qkv = KernelData.Random(shape.B * shape.H * shape.W * shape.Heads * shape.Dim * 3, 1);
        private readonly float[] _table = KernelData.Random((2 * shape.Window - 1) * (2 * shape.Window - 1) * shape.Heads, 2);
        private readonly float[] _dy = KernelData.Random(shape.B * shape.H * shape.W * shape.Heads * shape.Dim, 3);

        private int Channels => shape.Heads * shape.Dim;

        /// <summary>y, log-sum-exp, dqkv, dBiasTable.</summary>
        public float[][] Run(CpuIsa isa)
        {
            using var data = new KernelData(isa);
            DeviceBuffer qkv = data.Up(_qkv), table = data.Up(_table), dy = data.Up(_dy);
            DeviceBuffer y = NaiveAttention.Unwritten(data, _dy.Length);
            DeviceBuffer logSumExp = NaiveAttention.Unwritten(data, _dy.Length / shape.Dim);
            DeviceBuffer dqkv = NaiveAttention.Unwritten(data, _qkv.Length);
            DeviceBuffer dTable = NaiveAttention.Unwritten(data, _table.Length);
            data.Launch(new WindowAttentionCall(shape, qkv, table, y, logSumExp));
            data.Launch(new WindowAttentionBackwardCall(shape, qkv, table, y, logSumExp, dy, dqkv, dTable));
            return
            [
                data.Down(y, _dy.Length), data.Down(logSumExp, _dy.Length / shape.Dim), data.Down(dqkv, _qkv.Length),
                data.Down(dTable, _table.Length),
            ];
        }

        public double[][] Expected()
        {
            double[] y = new double[_dy.Length], logSumExp = new double[_dy.Length / shape.Dim];
            double[] dqkv = new double[_qkv.Length], dTable = new double[_table.Length];
            int w = shape.Window, n = w * w;
            for (int b = 0; b < shape.B; b++)
                for (int window = 0; window < shape.H / w * (shape.W / w); window++)
                    for (int head = 0; head < shape.Heads; head++)
                    {
                        (int Y, int X)[] cells = [.. Enumerable.Range(0, n).Select(
                            i => (window / (shape.W / w) * w + i / w, window % (shape.W / w) * w + i % w))];
                        int[] tokens = [.. cells.Select(
                            c => (b * shape.H + (c.Y + shape.Shift) % shape.H) * shape.W + (c.X + shape.Shift) % shape.W)];
                        var bias = new double[n, n];
                        for (int i = 0; i < n; i++)
                            for (int j = 0; j < n; j++)
                                bias[i, j] = _table[TableRow(cells[i], cells[j]) * shape.Heads + head]
                                    + (Region(cells[i]) == Region(cells[j]) ? 0 : -100);
                        var one = new NaiveAttention(
                            Take(_qkv, tokens, 3, head), Take(_qkv, tokens, 3, shape.Heads + head),
                            Take(_qkv, tokens, 3, 2 * shape.Heads + head), 1 / Math.Sqrt(shape.Dim), bias);
                        (double[,] dq, double[,] dk, double[,] dv, double[,] dBias) = one.Backward(Take(_dy, tokens, 1, head));
                        Put(one.Output, y, tokens, 1, head);
                        Put(dq, dqkv, tokens, 3, head);
                        Put(dk, dqkv, tokens, 3, shape.Heads + head);
                        Put(dv, dqkv, tokens, 3, 2 * shape.Heads + head);
                        int map = shape.H * shape.W;
                        for (int i = 0; i < n; i++)
                        {
                            logSumExp[(b * shape.Heads + head) * map + tokens[i] % map] = one.LogSumExp[i];
                            for (int j = 0; j < n; j++)
                                dTable[TableRow(cells[i], cells[j]) * shape.Heads + head] += dBias[i, j];
                        }
                    }
            return [y, logSumExp, dqkv, dTable];
        }

        private int TableRow((int Y, int X) query, (int Y, int X) key) =>
            (query.Y - key.Y + shape.Window - 1) * (2 * shape.Window - 1) + query.X - key.X + shape.Window - 1;

        private (int, int) Region((int Y, int X) cell)
        {
            int Part(int x, int size) => shape.Shift == 0 || x < size - shape.Window ? 0 : x < size - shape.Shift ? 1 : 2;
            return (Part(cell.Y, shape.H), Part(cell.X, shape.W));
        }

        private double[,] Take(float[] x, int[] tokens, int groups, int group)
        {
            var part = new double[tokens.Length, shape.Dim];
            for (int i = 0; i < tokens.Length; i++)
                for (int c = 0; c < shape.Dim; c++)
                    part[i, c] = x[tokens[i] * groups * Channels + group * shape.Dim + c];
            return part;
        }

        private void Put(double[,] part, double[] x, int[] tokens, int groups, int group)
        {
            for (int i = 0; i < tokens.Length; i++)
                for (int c = 0; c < shape.Dim; c++)
                    x[tokens[i] * groups * Channels + group * shape.Dim + c] = part[i, c];
        }
    }
}
