using System.Numerics.Tensors;

namespace SspNative.Model.Media;

/// <summary>The kernels of <see cref="PilResize"/>.</summary>
public enum ResampleFilter
{
    /// <summary>1 − |x|, support 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic convolution with a = −½, support 2.</summary>
    Bicubic,
}

/// <summary>
/// Resizing as the Python Imaging Library does it, to the last bit, because the image processors of the published checkpoints
/// call it: separable, horizontal first, the kernel widened by the scale when shrinking (antialiasing), coefficients in fixed
/// point of 22 bits, and a rounding to 8 bits after each of the two passes.
/// </summary>
public static class PilResize
{
    private const int PrecisionBits = 22;
    private const int Half = 1 << (PrecisionBits - 1);

    /// <summary>The picture at width×height; a side that keeps its length is not resampled.</summary>
    public static Image Resize(Image image, int width, int height, ResampleFilter filter)
    {
        using ProfilerSpan span = Profiler.Module("resize");
        if (width <= 0 || height <= 0)
            throw new ArgumentException($"cannot resize to {width}×{height}");
        if (width != image.Width)
            image = ResizeRows(image, width, filter);
        if (height != image.Height)
            image = ResizeColumns(image, height, filter);
        return image;
    }

    private static Image ResizeRows(Image image, int width, ResampleFilter filter)
    {
        Tap[] taps = MakeTaps(image.Width, width, filter);
        var resized = new Image(width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> source = image.Rgb.AsSpan(y * image.Width * 3, image.Width * 3);
            Span<byte> target = resized.Rgb.AsSpan(y * width * 3, width * 3);
            for (int x = 0; x < width; x++)
            {
                int r = Half, g = Half, b = Half;
                int i = taps[x].First * 3;
                foreach (int weight in taps[x].Weights)
                {
                    r += source[i] * weight;
                    g += source[i + 1] * weight;
                    b += source[i + 2] * weight;
                    i += 3;
                }
                target[3 * x] = Round(r);
                target[3 * x + 1] = Round(g);
                target[3 * x + 2] = Round(b);
            }
        }
        return resized;
    }

    private static Image ResizeColumns(Image image, int height, ResampleFilter filter)
    {
        Tap[] taps = MakeTaps(image.Height, height, filter);
        int stride = image.Width * 3;
        var resized = new Image(image.Width, height);
        int[] sums = new int[stride], row = new int[stride];
        for (int y = 0; y < height; y++)
        {
            Array.Fill(sums, Half);
            for (int k = 0; k < taps[y].Weights.Length; k++)
            {
                TensorPrimitives.ConvertTruncating<byte, int>(image.Rgb.AsSpan((taps[y].First + k) * stride, stride), row);
                TensorPrimitives.MultiplyAdd(row, taps[y].Weights[k], sums, sums);
            }
            TensorPrimitives.ShiftRightArithmetic(sums, PrecisionBits, sums);
            TensorPrimitives.ConvertSaturating<int, byte>(sums, resized.Rgb.AsSpan(y * stride, stride));
        }
        return resized;
    }

    private static byte Round(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>For each output position the first input position and the fixed-point weights from there on.</summary>
    private static Tap[] MakeTaps(int inputSize, int outputSize, ResampleFilter filter)
    {
        double scale = (double)inputSize / outputSize;
        double widening = Math.Max(scale, 1);
        double support = (filter == ResampleFilter.Bilinear ? 1 : 2) * widening;
        double perUnit = 1 / widening;
        var taps = new Tap[outputSize];
        for (int o = 0; o < outputSize; o++)
        {
            double centre = (o + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - support + 0.5));
            int end = Math.Min(inputSize, (int)(centre + support + 0.5));
            double[] weights = new double[end - first];
            double total = 0;
            for (int k = 0; k < weights.Length; k++)
            {
                double x = (k + first - centre + 0.5) * perUnit;
                weights[k] = filter == ResampleFilter.Bilinear ? Bilinear(x) : Bicubic(x);
                total += weights[k];
            }
            int[] fixedPoint = new int[weights.Length];
            for (int k = 0; k < weights.Length; k++)
                fixedPoint[k] = ToFixedPoint(total == 0 ? weights[k] : weights[k] / total);
            taps[o] = new Tap(first, fixedPoint);
        }
        return taps;
    }

    /// <summary>Rounds half away from zero, as a cast after adding ±½ does.</summary>
    private static int ToFixedPoint(double weight) => (int)(weight * (1 << PrecisionBits) + (weight < 0 ? -0.5 : 0.5));

    private static double Bilinear(double x) => Math.Max(0, 1 - Math.Abs(x));

    private static double Bicubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        if (x < 1)
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private readonly record struct Tap(int First, int[] Weights);
}
