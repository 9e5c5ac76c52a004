using System.Runtime.InteropServices;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using Xunit;

namespace SspNative.Tests.Kernels.Matrix;

public sealed class GemmTests
{
    private const float Guard = 12345f;

    public static TheoryData<CpuIsa> Isas => [.. CpuDevice.SupportedIsas];

    // Odd sizes, whole tiles, sizes around the blocks, few rows, empty sums and empty outputs.
    private static readonly (int M, int N, int K)[] _sizes =
    [
        (1, 1, 1), (1, 5, 3), (3, 33, 17), (12, 32, 8), (13, 31, 40), (49, 49, 32), (49, 32, 49), (7, 64, 300), (2, 100, 130),
        (11, 130, 64), (100, 40, 257), (193, 70, 30), (60, 300, 520), (6, 1, 64), (5, 9, 100), (5, 17, 0), (0, 4, 4), (4, 0, 4),
    ];

    public static TheoryData<CpuIsa, int, int, int> Products
    {
        get
        {
            var products = new TheoryData<CpuIsa, int, int, int>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int m, int n, int k) in _sizes)
                    products.Add(isa, m, n, k);
            return products;
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void GemmAgreesWithDoublePrecision(CpuIsa isa, int m, int n, int k)
    {
        using var device = new CpuDevice(isa);
        for (int flags = 0; flags < 8; flags++)
            new Case(m, n, k)
            {
                TransposedA = (flags & 1) != 0,
                TransposedB = (flags & 2) != 0,
                Accumulate = (flags & 4) != 0,
            }.Check(device);
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void EpilogueIsApplied(CpuIsa isa, int m, int n, int k)
    {
        using var device = new CpuDevice(isa);
        foreach (Activation activation in Enum.GetValues<Activation>())
            for (int parts = 0; parts < 8; parts++)
                new Case(m, n, k)
                {
                    TransposedB = true,
                    Activation = activation,
                    HasBias = (parts & 1) != 0,
                    HasResidual = (parts & 2) != 0,
                    HasPreActivation = (parts & 4) != 0,
                }.Check(device);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void BatchedItemsThatShareAnOutputAreAddedUp(CpuIsa isa)
    {
        using var device = new CpuDevice(isa);
        foreach (bool accumulate in new[] { false, true })
        {
            foreach (int outputs in new[] { 1, 3, 12 })
                new Case(13, 37, 21) { Items = 12, Outputs = outputs, Accumulate = accumulate }.Check(device);
            new Case(13, 37, 21) { Items = 6, Outputs = 2, Accumulate = accumulate, TransposedA = true }.Check(device);
        }
        new Case(13, 37, 21)
        {
            Items = 6,
            Outputs = 2,
            HasBias = true,
            Activation = Activation.Gelu,
            HasResidual = true,
        }.Check(device);
    }

    // Packed B does not hold all of these at once: columns, then sums, are taken in turns.
    [Theory]
    [InlineData(14, 8300, 40, false)]
    [InlineData(33, 8300, 300, true)]
    [InlineData(33, 600, 4100, true)]
    public void ProductsLargerThanThePackedShareAgree(int m, int n, int k, bool transposedB)
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        new Case(m, n, k) { TransposedB = transposedB, HasBias = true, Activation = Activation.Relu }.Check(device);
    }

    [Fact]
    public void ResultDoesNotDependOnTheNumberOfThreads()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        foreach ((int m, int n, int k) in new[] { (200, 300, 700), (30, 900, 500), (3, 900, 500) })
        {
            int threads = CpuThreads.Count;
            float[] parallel = new Case(m, n, k) { TransposedB = true }.Run(device);
            try
            {
                CpuThreads.Count = 1;
                Assert.Equal(new Case(m, n, k) { TransposedB = true }.Run(device), parallel);
            }
            finally
            {
                CpuThreads.Count = threads;
            }
        }
    }

    // One product, or a batch of them, with random operands in buffers wider than the matrices.
    private sealed class Case(int m, int n, int k)
    {
        private static readonly Dictionary<(int M, int N, int K, bool TransposedA, bool TransposedB, int Items, int Outputs), double[]> _sums = [];

        private const int Offset = 5;
        private const int Slack = 3;

        private float[] _a = [];
        private float[] _b = [];
        private float[] _c = [];
        private float[] _bias = [];
        private float[] _residual = [];
        private float[]? _preActivation;

        public bool TransposedA { get; init; }

        public bool TransposedB { get; init; }

        public bool Accumulate { get; init; }

        public bool HasBias { get; init; }

        public bool HasResidual { get; init; }

        public bool HasPreActivation { get; init; }

        public Activation Activation { get; init; }

        public int Items { get; init; } = 1;

        public int Outputs { get; init; } = 1;

        private int StrideA => (TransposedA ? m : k) + Slack;

        private int StrideB => (TransposedB ? k : n) + Slack;

        private int StrideC => n + Slack;

        private int SizeA => (TransposedA ? k : m) * StrideA;

        private int SizeB => (TransposedB ? n : k) * StrideB;

        private int SizeC => m * StrideC;

        private string Name => $"{m}×{n}×{k} Aᵀ={TransposedA} Bᵀ={TransposedB} +={Accumulate} bias={HasBias} {Activation} "
            + $"residual={HasResidual} pre={HasPreActivation} items={Items}/{Outputs}";

        public void Check(CpuDevice device)
        {
            float[] result = Run(device);
            var expected = (float[])_c.Clone();
            var expectedPre = new float[_c.Length];
            Array.Fill(expectedPre, Guard);
            var f = UnaryFunction.Of(Activation);
            double[] sums = Sums();
            for (int output = 0; output < Outputs; output++)
            {
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        int at = Offset + output * SizeC + i * StrideC + j;
                        double sum = sums[(output * m + i) * n + j] + (Accumulate ? _c[at] : 0);
                        if (HasBias)
                            sum += _bias[j];
                        expectedPre[at] = (float)sum;
                        expected[at] = (float)((f is null ? sum : f.F(sum)) + (HasResidual ? _residual[at] : 0f));
                    }
                }
            }
            MatrixAssert.Close(expected, result, Name);
            if (_preActivation is not null)
                MatrixAssert.Close(expectedPre, _preActivation, Name);
        }

        public float[] Run(CpuDevice device)
        {
            var random = new Random(1);
            _a = DeviceArrays.Values(random, Offset + Items * SizeA);
            _b = DeviceArrays.Values(random, Offset + Items * SizeB);
            _c = Guarded(random);
            _bias = DeviceArrays.Values(random, n);
            _residual = DeviceArrays.Values(random, _c.Length);
            using var memory = new DeviceArrays(device);
            DeviceBuffer c = memory.Upload(_c), pre = memory.Upload(Filled(_c.Length));
            var arguments = new GemmCall(
                m, n, k,
                new MatrixView(memory.Upload(_a), Offset, StrideA, TransposedA),
                new MatrixView(memory.Upload(_b), Offset, StrideB, TransposedB),
                new MatrixView(c, Offset, StrideC),
                Accumulate,
                HasBias ? memory.Upload(_bias) : null,
                Activation,
                HasResidual ? memory.Upload(_residual) : null,
                HasPreActivation ? pre : null);
            if (Items == 1)
                device.Launch(arguments);
            else
                device.Launch(new GemmBatchedCall(arguments, new BatchLayout(
                    new BatchAxis(Items / Outputs, (long)Outputs * SizeA, (long)Outputs * SizeB, 0), new BatchAxis(Outputs, SizeA, SizeB, SizeC))));
            _preActivation = HasPreActivation ? memory.Download(pre, _c.Length) : null;
            return memory.Download(c, _c.Length);
        }

        private static float[] Filled(int count)
        {
            var values = new float[count];
            Array.Fill(values, Guard);
            return values;
        }

        private float[] Guarded(Random random)
        {
            float[] values = Filled(Offset + Outputs * SizeC + 40);
            for (int output = 0; output < Outputs; output++)
            {
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                        values[Offset + output * SizeC + i * StrideC + j] = random.NextSingle();
                }
            }
            return values;
        }

        // What is multiplied depends on sizes alone, not on instruction sets and on what is done with the sums.
        private double[] Sums()
        {
            var key = (m, n, k, TransposedA, TransposedB, Items, Outputs);
            if (_sums.TryGetValue(key, out double[]? known))
                return known;
            double[] sums = new double[Outputs * m * n];
            for (int at = 0; at < sums.Length; at++)
                for (int item = at / (m * n); item < Items; item += Outputs)
                    sums[at] += Dot(item, at / n % m, at % n);
            return _sums[key] = sums;
        }

        private double Dot(int item, int i, int j)
        {
            double sum = 0;
            for (int p = 0; p < k; p++)
            {
                int a = TransposedA ? p * StrideA + i : i * StrideA + p;
                int b = TransposedB ? j * StrideB + p : p * StrideB + j;
                sum += (double)_a[Offset + item * SizeA + a] * _b[Offset + item * SizeB + b];
            }
            return sum;
        }
    }
}

/// <summary>Buffers of a test, freed together.</summary>
internal sealed class DeviceArrays(CpuDevice device) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Uniform in −1 … 1.</summary>
    public static float[] Values(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2f - 1f)];

    public DeviceBuffer Upload(float[] values)
    {
        DeviceBuffer buffer = device.Allocate(values.Length * sizeof(float));
        device.CopyFromHost(MemoryMarshal.AsBytes(values.AsSpan()), buffer);
        _buffers.Add(buffer);
        return buffer;
    }

    public float[] Download(DeviceBuffer buffer, int count)
    {
        var values = new float[count];
        device.CopyToHost(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Release());
}

/// <summary>Comparison of matrices, naming the case that fails.</summary>
internal static class MatrixAssert
{
    public static void Close(float[] expected, float[] actual, string name)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            float error = MathF.Abs(expected[i] - actual[i]);
            Assert.True(error <= 1e-5f * MathF.Max(8f, MathF.Abs(expected[i])), $"{name}: {actual[i]} for {expected[i]} at {i}");
        }
    }
}
