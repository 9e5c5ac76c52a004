using System.Reflection;
using SspNative.Lab.Workloads;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace SspNative.Peers.TensorPrimitives;

/// <summary>System.Numerics.Tensors: vectorised functions of spans, on the thread that calls them.</summary>
internal sealed class TensorPrimitivesPeer : IPeerLibrary
{
    public string Name => "tensor-primitives";

    public string Version =>
        typeof(Primitives).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public int Threads => 1;

    public IPeerCase Prepare(BenchCase work) => work.Pass == Pass.Backward
        ? throw new UnsupportedCaseException("TensorPrimitives has no gradients")
        : work.Kind switch
        {
            "exp" => Unary(work, (x, y) => Primitives.Exp(x, y)),
            "tanh" => Unary(work, (x, y) => Primitives.Tanh(x, y)),
            "sigmoid" => Unary(work, (x, y) => Primitives.Sigmoid(x, y)),
            "relu" => Unary(work, (x, y) => Primitives.Max(x, 0f, y)),
            "gelu" => throw new UnsupportedCaseException("TensorPrimitives has no error function, which GELU is made of"),
            "add" => Binary(work, (a, b, y) => Primitives.Add(a, b, y)),
            "sub" => Binary(work, (a, b, y) => Primitives.Subtract(a, b, y)),
            "div" => Binary(work, (a, b, y) => Primitives.Divide(a, b, y)),
            "mul" => Binary(work, (a, b, y) => Primitives.Multiply(a, b, y)),
            "softmax" => Rows(work, work.Sizes["columns"], (x, y) => Primitives.SoftMax(x, y)),
            "sum" => Rows(work, 1, (x, y) => y[0] = Primitives.Sum(x)),
            "matmul" when work.Sizes["m"] == 1 && work.Sizes["n"] == 1 => Dot(work.Sizes["k"]),
            _ => throw new UnsupportedCaseException("TensorPrimitives has no such function"),
        };

    private delegate void UnaryFunction(ReadOnlySpan<float> x, Span<float> y);

    private delegate void BinaryFunction(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);

    private static SpanCase Unary(BenchCase work, UnaryFunction function)
    {
        float[] x = Random(work.Sizes["count"]), y = new float[x.Length];
        return new SpanCase(() => function(x, y));
    }

    private static SpanCase Binary(BenchCase work, BinaryFunction function)
    {
        float[] a = Random(work.Sizes["count"]), b = Random(a.Length), y = new float[a.Length];
        return new SpanCase(() => function(a, b, y));
    }

    // A function of each row, one after the other.
    private static SpanCase Rows(BenchCase work, int resultColumns, UnaryFunction function)
    {
        int rows = work.Sizes["rows"], columns = work.Sizes["columns"];
        float[] x = Random(rows * columns), y = new float[rows * resultColumns];
        return new SpanCase(() =>
        {
            for (int row = 0; row < rows; row++)
                function(x.AsSpan(row * columns, columns), y.AsSpan(row * resultColumns, resultColumns));
        });
    }

    private static SpanCase Dot(int count)
    {
        float[] a = Random(count), b = Random(count), y = new float[1];
        return new SpanCase(() => y[0] = Primitives.Dot<float>(a, b));
    }

    private static float[] Random(int count)
    {
        var random = new Random(1);
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = 2 * random.NextSingle() - 1;
        return values;
    }
}
