using SspNative.Model.Media;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// How well two motions explain a pair of frames: the flow, and the camera's. Each is the mean difference of the frames' colours along the motion over 5×5
/// pixels, 0…255. Estimated flow is wrong where things cover each other, and trembles with noise; the frames show it.
/// </summary>
/// <param name="width">W of the flow.</param>
/// <param name="height">H of the flow.</param>
internal sealed class FrameDifferences(int width, int height)
{
    private const int Radius = 2;

    private readonly float[] _flow = new float[width * height];
    private readonly float[] _camera = new float[width * height];
    private readonly float[] _scratch = new float[width * height];

    /// <summary>Differences along the flow, (H,W).</summary>
    public ReadOnlySpan<float> AlongFlow => _flow;

    /// <summary>Differences along the camera's motion, (H,W).</summary>
    public ReadOnlySpan<float> AlongCamera => _camera;

    /// <summary>What noise makes of a pair: a quarter of the pixels differ by less, whichever motion explains them better.</summary>
    public float Noise { get; private set; }

    /// <param name="first">The frame that the flow begins in.</param>
    /// <param name="second">The next one.</param>
    /// <param name="flow">(2,H,W) in pixels of the frames.</param>
    /// <param name="camera">The camera's motion, in units.</param>
    /// <param name="unit">Units of a pixel of the frames.</param>
    public void Measure(Image first, Image second, ReadOnlySpan<float> flow, CameraMotion camera, float unit)
    {
        float across = (float)width / first.Width, down = (float)height / first.Height;
        (Image from, Image to) = (OfMapSize(first), OfMapSize(second));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int i = y * width + x;
                (float u, float v) = camera.At(CameraFit.Position(x, width), CameraFit.Position(y, height));
                _flow[i] = Difference(from, to, x, y, x + across * flow[i], y + down * flow[width * height + i]);
                _camera[i] = Difference(from, to, x, y, x + across * u / unit, y + down * v / unit);
            }
        Average(_flow);
        Average(_camera);
        for (int i = 0; i < _scratch.Length; i++)
            _scratch[i] = MathF.Min(_flow[i], _camera[i]);
        Array.Sort(_scratch);
        Noise = _scratch[_scratch.Length / 4];
    }

    private Image OfMapSize(Image frame) =>
        (frame.Width, frame.Height) == (width, height) ? frame : PilResize.Resize(frame, width, height, ResampleFilter.Bilinear);

    // Mean over the channels, 0…255; what leaves the picture is compared with its border.
    private static float Difference(Image from, Image to, int x, int y, float toX, float toY)
    {
        float sx = Math.Clamp(toX, 0, to.Width - 1), sy = Math.Clamp(toY, 0, to.Height - 1);
        int x0 = (int)sx, y0 = (int)sy, right = x0 + 1 < to.Width ? 3 : 0, below = y0 + 1 < to.Height ? 3 * to.Width : 0;
        float fx = sx - x0, fy = sy - y0, sum = 0;
        int at = 3 * (y0 * to.Width + x0), here = 3 * (y * from.Width + x);
        for (int c = 0; c < 3; c++, at++, here++)
        {
            float top = to.Rgb[at] + fx * (to.Rgb[at + right] - to.Rgb[at]);
            float bottom = to.Rgb[at + below] + fx * (to.Rgb[at + below + right] - to.Rgb[at + below]);
            sum += Math.Abs(top + fy * (bottom - top) - from.Rgb[here]);
        }
        return sum / 3;
    }

    private void Average(float[] map)
    {
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int left = Math.Max(0, x - Radius), right = Math.Min(width - 1, x + Radius);
                float sum = 0;
                for (int k = left; k <= right; k++)
                    sum += map[y * width + k];
                _scratch[y * width + x] = sum / (right - left + 1);
            }
        for (int y = 0; y < height; y++)
        {
            int top = Math.Max(0, y - Radius), bottom = Math.Min(height - 1, y + Radius);
            for (int x = 0; x < width; x++)
            {
                float sum = 0;
                for (int k = top; k <= bottom; k++)
                    sum += _scratch[k * width + x];
                map[y * width + x] = sum / (bottom - top + 1);
            }
        }
    }
}
