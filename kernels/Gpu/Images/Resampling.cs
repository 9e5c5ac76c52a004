namespace SspNative.Kernels.Gpu;

/// <summary>The two source positions of an output position along one side, and the weights they have.</summary>
internal readonly struct Taps(int first, int second, float secondWeight)
{
    public int First => first;

    public int Second => second;

    public float FirstWeight => LaneMath.Sub(1f, secondWeight);

    public float SecondWeight => secondWeight;
}

/// <summary>One side of a map that is resampled; positions never decrease along it.</summary>
internal interface IResampling
{
    /// <summary>The input positions that an output position takes from.</summary>
    /// <param name="scale">inputs / outputs.</param>
    static abstract Taps At(int output, int inputs, float scale);
}

/// <summary>Source coordinate max(0, (i + ½)·in/out − ½), in float as PyTorch computes it.</summary>
internal readonly struct BilinearResampling : IResampling
{
    public static Taps At(int output, int inputs, float scale)
    {
        float at = LaneMath.Max(0f, LaneMath.Sub(LaneMath.Mul(LaneMath.Add(output, 0.5f), scale), 0.5f));
        int first = (int)at < inputs - 1 ? (int)at : inputs - 1;
        return new Taps(first, first < inputs - 1 ? first + 1 : first, LaneMath.Min(1f, LaneMath.Sub(at, first)));
    }
}

/// <summary>Source position ⌊i·in/out⌋ with the whole weight.</summary>
internal readonly struct NearestResampling : IResampling
{
    public static Taps At(int output, int inputs, float scale)
    {
        int at = (int)LaneMath.Mul(output, scale);
        at = at < inputs - 1 ? at : inputs - 1;
        return new Taps(at, at, 0f);
    }
}

/// <summary>One side of a map that is resampled.</summary>
internal readonly struct ResampledSide(int inputs, int outputs, float scale)
{
    public int Inputs => inputs;

    public int Outputs => outputs;

    public static ResampledSide Of(int inputs, int outputs) => new(inputs, outputs, (float)inputs / outputs);

    public Taps At<TResampling>(int output) where TResampling : struct, IResampling => TResampling.At(output, inputs, scale);

    /// <summary>The first output that takes from an input position or a later one.</summary>
    public int FirstUser<TResampling>(int input)
        where TResampling : struct, IResampling
    {
        int low = 0, high = outputs;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (At<TResampling>(middle).Second >= input)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
