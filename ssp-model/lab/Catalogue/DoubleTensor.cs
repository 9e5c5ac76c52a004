namespace SspNative.Lab.Catalogue;

/// <summary>Doubles with a shape, in which operations are defined: plain, and slow.</summary>
internal sealed class DoubleTensor
{
    private readonly long[] _strides;

    public DoubleTensor(Shape shape, double[] values)
    {
        (Shape, Values, _strides) = (shape, values, shape.Strides());
        if (values.Length != shape.Count)
            throw new ArgumentException($"{values.Length} values do not fill {shape}");
    }

    public Shape Shape { get; }

    public double[] Values { get; }

    /// <summary>One element.</summary>
    public double this[params ReadOnlySpan<int> index]
    {
        get
        {
            long at = 0;
            for (int i = 0; i < index.Length; i++)
                at += index[i] * _strides[i];
            return Values[at];
        }
    }

    public static DoubleTensor operator +(DoubleTensor a, DoubleTensor b) => Zip(a, b, (x, y) => x + y);

    public static DoubleTensor operator -(DoubleTensor a, DoubleTensor b) => Zip(a, b, (x, y) => x - y);

    public static DoubleTensor operator *(DoubleTensor a, DoubleTensor b) => Zip(a, b, (x, y) => x * y);

    public static DoubleTensor operator /(DoubleTensor a, DoubleTensor b) => Zip(a, b, (x, y) => x / y);

    /// <summary>What a tensor holds, of whatever element type.</summary>
    public static DoubleTensor From(Tensor t) => new(t.Shape, t.DType switch
    {
        DType.I64 => Array.ConvertAll(t.ToLongArray(), i => (double)i),
        DType.U8 => Array.ConvertAll(t.ToByteArray(), b => (double)b),
        _ => Array.ConvertAll(t.ToArray(), f => (double)f),
    });

    /// <summary>Each element from its index.</summary>
    public static DoubleTensor OfIndex(Shape shape, Func<int[], double> element)
    {
        var values = new double[shape.Count];
        int[] index = new int[shape.Rank];
        for (long i = 0; i < values.Length; i++)
        {
            values[i] = element(index);
            for (int d = shape.Rank - 1; d >= 0 && ++index[d] == shape[d]; d--)
                index[d] = 0;
        }
        return new DoubleTensor(shape, values);
    }

    public static DoubleTensor Of(Shape shape, Func<int, double> element) => OfIndex(shape, i => element(i[0]));

    public static DoubleTensor Of(Shape shape, Func<int, int, double> element) => OfIndex(shape, i => element(i[0], i[1]));

    public static DoubleTensor Of(Shape shape, Func<int, int, int, double> element) => OfIndex(shape, i => element(i[0], i[1], i[2]));

    public static DoubleTensor Of(Shape shape, Func<int, int, int, int, double> element) => OfIndex(shape, i => element(i[0], i[1], i[2], i[3]));

    /// <summary>Σ term(i) for i = 0 … count−1.</summary>
    public static double SumOf(int count, Func<int, double> term)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += term(i);
        return sum;
    }

    /// <summary>f(a, b) element by element, with broadcasting.</summary>
    public static DoubleTensor Zip(DoubleTensor a, DoubleTensor b, Func<double, double, double> f)
    {
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, "definition");
        double[] x = a.Expand(shape).Values, y = b.Expand(shape).Values;
        return new DoubleTensor(shape, [.. x.Zip(y, f)]);
    }

    /// <summary>f of each element.</summary>
    public DoubleTensor Map(Func<double, double> f) => new(Shape, Array.ConvertAll(Values, x => f(x)));

    public DoubleTensor Reshape(Shape shape) => new(shape, Values);

    /// <summary>Dimension i of the result is dimension order[i].</summary>
    public DoubleTensor Permute(params int[] order)
    {
        int[] from = new int[order.Length];
        return OfIndex(new Shape([.. order.Select(d => Shape[d])]), index =>
        {
            for (int i = 0; i < order.Length; i++)
                from[order[i]] = index[i];
            return this[from];
        });
    }

    /// <summary>The last two dimensions exchanged.</summary>
    public DoubleTensor Transposed() => Permute([.. Enumerable.Range(0, Shape.Rank - 2), Shape.Rank - 1, Shape.Rank - 2]);

    /// <summary>Repeated along dimensions of size 1 and new leading ones.</summary>
    public DoubleTensor Expand(Shape shape)
    {
        if (shape == Shape)
            return this;
        int[] from = new int[Shape.Rank];
        return OfIndex(shape, index =>
        {
            for (int i = 1; i <= from.Length; i++)
                from[^i] = Shape[^i] == 1 ? 0 : index[^i];
            return this[from];
        });
    }

    /// <summary>Each line along a dimension replaced by another of its length.</summary>
    public DoubleTensor Along(int dim, Func<double[], double[]> line)
    {
        (long outer, int count, long inner) = Split(dim);
        double[] values = new double[Values.Length];
        for (long o = 0; o < outer; o++)
            for (long i = 0; i < inner; i++)
            {
                double[] made = line([.. Enumerable.Range(0, count).Select(c => Values[(o * count + c) * inner + i])]);
                for (int c = 0; c < count; c++)
                    values[(o * count + c) * inner + i] = made[c];
            }
        return new DoubleTensor(Shape, values);
    }

    /// <summary>Each line along a dimension reduced to a number; the dimension stays, of size 1.</summary>
    public DoubleTensor Reduce(int dim, Func<double[], double> line)
    {
        (long outer, int count, long inner) = Split(dim);
        double[] values = new double[outer * inner];
        for (long o = 0; o < outer; o++)
            for (long i = 0; i < inner; i++)
                values[o * inner + i] = line([.. Enumerable.Range(0, count).Select(c => Values[(o * count + c) * inner + i])]);
        return new DoubleTensor(Shape.With(dim, 1), values);
    }

    /// <summary>Without a dimension of size 1.</summary>
    public DoubleTensor Squeeze(int dim)
    {
        int axis = Shape.Axis(dim, "definition");
        return Reshape(new Shape([.. Shape.Dims[..axis], .. Shape.Dims[(axis + 1)..]]));
    }

    private (long Outer, int Count, long Inner) Split(int dim)
    {
        int axis = Shape.Axis(dim, "definition");
        return (Shape.CountOf(0, axis), Shape[axis], Shape.CountOf(axis + 1, Shape.Rank));
    }
}
