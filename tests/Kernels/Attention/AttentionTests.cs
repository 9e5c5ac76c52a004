using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Attention;

public class AttentionTests
{
    /// <summary>Sizes around tiles and blocks, more keys than queries and the reverse, one head and many.</summary>
    public static TheoryData<CpuIsa, AttentionShape, AttentionMask> Cases
    {
        get
        {
            AttentionShape[] shapes =
            [
                new(1, 1, 1, 1, 1, 1, 1f), new(2, 3, 5, 7, 3, 5, 0.6f), new(1, 2, 33, 65, 7, 6, 0.4f),
                new(2, 2, 197, 31, 16, 8, 0.25f), new(1, 1, 40, 700, 20, 9, 0.2f), new(1, 1, 1100, 50, 9, 34, 0.3f),
                new(1, 9, 64, 64, 8, 8, 0.35f),
                new(1, 1, 34, 560, 67, 70, 0.1f), new(1, 2, 280, 270, 5, 5, 0.5f),
            ];
            var data = new TheoryData<CpuIsa, AttentionShape, AttentionMask>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach (AttentionShape shape in shapes)
                    foreach (AttentionMask mask in Enum.GetValues<AttentionMask>())
                        data.Add(isa, shape, mask);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void MatchesPlainLoops(CpuIsa isa, AttentionShape shape, AttentionMask kind)
    {
        var call = new Call(shape, kind);
        double[][] expected = call.Expected();
        float[][] actual = call.Run(isa);
        for (int i = 0; i < expected.Length; i++)
            NaiveAttention.NearlyEqual(expected[i], actual[i]);
    }

    [Theory, MemberData(nameof(KernelData.Isas), MemberType = typeof(KernelData))]
    public void BlockedKeysChangeNothingAndGetNoGradient(CpuIsa isa)
    {
        var call = new Call(new AttentionShape(1, 2, 40, 50, 8, 8, 0.35f), AttentionMask.Keys);
        int[] blocked = [.. Enumerable.Range(0, 50).Where(j => call.Mask[j] != 0).SelectMany(j => Enumerable.Range(16 * j, 16))];
        float[][] before = call.Run(isa);
        foreach (int i in blocked)
            call.V[i] += 100f;
        float[][] after = call.Run(isa);
        Assert.Equal(before[0], after[0]);
        Assert.NotEmpty(blocked);
        Assert.All(blocked, i => Assert.Equal((0f, 0f), (after[3][i], after[4][i])));
    }

    // In a later block of keys others have a larger score, and that query has none.
    [Theory, MemberData(nameof(KernelData.Isas), MemberType = typeof(KernelData))]
    public void AQueryWithAnInfiniteScoreChangesNoOther(CpuIsa isa)
    {
        foreach (int query in (int[])[0, 5, 13, 21])
        {
            var call = new Call(new AttentionShape(1, 1, 40, 600, 4, 4, 1f), AttentionMask.None);
            for (int i = 0; i < 40; i++)
                call.Q[4 * i] = i == query ? 1e30f : 0;
            for (int j = 0; j < 600; j++)
                call.K[4 * j] = j == 3 ? 1e30f : 0;
            (double[] expected, float[] actual) = (call.Expected()[0], call.Run(isa)[0]);
            for (int i = 0; i < 40; i++)
                if (i != query)
                    NaiveAttention.NearlyEqual(expected[(4 * i)..(4 * i + 4)], actual[(4 * i)..(4 * i + 4)]);
        }
    }

    [Theory, MemberData(nameof(KernelData.Isas), MemberType = typeof(KernelData))]
    public void LargeScoresDoNotOverflow(CpuIsa isa)
    {
        var call = new Call(new AttentionShape(1, 1, 40, 600, 4, 4, 1000f), AttentionMask.None);
        (double[][] expected, float[][] actual) = (call.Expected(), call.Run(isa));
        NaiveAttention.NearlyEqual(expected[0], actual[0], 1e-3);
        NaiveAttention.NearlyEqual(expected[1], actual[1], 1e-5);
    }

    /// <summary>Random operands; some mask rows block nothing, some everything.</summary>
    private sealed class Call
    {
        private readonly AttentionShape _shape;
        private readonly AttentionMask _kind;
        private readonly float[] _dy;

        public Call(AttentionShape shape, AttentionMask kind)
        {
            (_shape, _kind) = (shape, kind);
            Q = KernelData.Random(shape.B * shape.Nq * shape.Heads * shape.DimQk, 1);
            K = KernelData.Random(shape.B * shape.Nk * shape.Heads * shape.DimQk, 2);
            V = KernelData.Random(shape.B * shape.Nk * shape.Heads * shape.DimV, 3);
            _dy = KernelData.Random(shape.B * shape.Nq * shape.Heads * shape.DimV, 4);
            int rows = kind == AttentionMask.Keys ? shape.B : shape.B * shape.Nq;
            var random = new Random(5);
            Mask = new byte[rows * shape.Nk];
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < shape.Nk; j++)
                    Mask[i * shape.Nk + j] = (byte)((rows == 1 || i % 5 != 0) && (i % 5 == 1 || random.Next(3) == 0) ? 1 : 0);
        }

        public byte[] Mask { get; }

        public float[] Q { get; }

        public float[] K { get; }

        public float[] V { get; }

        /// <summary>y, log-sum-exp, dq, dk, dv.</summary>
        public float[][] Run(CpuIsa isa)
        {
            using var data = new KernelData(isa);
            DeviceBuffer q = data.Up(Q), k = data.Up(K), v = data.Up(V), dy = data.Up(_dy);
            DeviceBuffer? mask = _kind == AttentionMask.None ? null : data.Up(Mask);
            DeviceBuffer y = NaiveAttention.Unwritten(data, _dy.Length);
            DeviceBuffer logSumExp = NaiveAttention.Unwritten(data, _shape.B * _shape.Heads * _shape.Nq);
            DeviceBuffer dq = NaiveAttention.Unwritten(data, Q.Length), dk = NaiveAttention.Unwritten(data, K.Length);
            DeviceBuffer dv = NaiveAttention.Unwritten(data, V.Length);
            data.Launch(new AttentionCall(_shape, q, k, v, _kind, mask, y, logSumExp));
            data.Launch(new AttentionBackwardCall(_shape, q, k, v, _kind, mask, y, logSumExp, dy, dq, dk, dv));
            return
            [
                data.Down(y, _dy.Length), data.Down(logSumExp, _shape.B * _shape.Heads * _shape.Nq), data.Down(dq, Q.Length),
                data.Down(dk, K.Length), data.Down(dv, V.Length),
            ];
        }

        public double[][] Expected()
        {
            double[] y = new double[_dy.Length], logSumExp = new double[_shape.B * _shape.Heads * _shape.Nq];
            double[] dq = new double[Q.Length], dk = new double[K.Length], dv = new double[V.Length];
            for (int b = 0; b < _shape.B; b++)
                for (int h = 0; h < _shape.Heads; h++)
                {
                    var head = new NaiveAttention(
                        Take(Q, b, h, _shape.Nq, _shape.DimQk), Take(K, b, h, _shape.Nk, _shape.DimQk),
                        Take(V, b, h, _shape.Nk, _shape.DimV), _shape.Scale, Bias(b));
                    (double[,] hq, double[,] hk, double[,] hv, _) = head.Backward(Take(_dy, b, h, _shape.Nq, _shape.DimV));
                    Put(head.Output, y, b, h);
                    Put(hq, dq, b, h);
                    Put(hk, dk, b, h);
                    Put(hv, dv, b, h);
                    head.LogSumExp.CopyTo(logSumExp, (b * _shape.Heads + h) * _shape.Nq);
                }
            return [y, logSumExp, dq, dk, dv];
        }

        private double[,] Bias(int b)
        {
            var bias = new double[_shape.Nq, _shape.Nk];
            for (int i = 0; i < _shape.Nq && _kind != AttentionMask.None; i++)
            {
                byte[] row = [.. Mask.Skip((_kind == AttentionMask.Keys ? b : b * _shape.Nq + i) * _shape.Nk).Take(_shape.Nk)];
                for (int j = 0; j < _shape.Nk && row.Contains((byte)0); j++)
                    bias[i, j] = row[j] != 0 ? double.NegativeInfinity : 0;
            }
            return bias;
        }

        private double[,] Take(float[] x, int b, int head, int rows, int dim)
        {
            var part = new double[rows, dim];
            for (int i = 0; i < rows; i++)
                for (int c = 0; c < dim; c++)
                    part[i, c] = x[((b * rows + i) * _shape.Heads + head) * dim + c];
            return part;
        }

        private void Put(double[,] part, double[] x, int b, int head)
        {
            int rows = part.GetLength(0), dim = part.GetLength(1);
            for (int i = 0; i < rows; i++)
                for (int c = 0; c < dim; c++)
                    x[((b * rows + i) * _shape.Heads + head) * dim + c] = part[i, c];
        }
    }
}
