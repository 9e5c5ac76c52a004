using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>The two frames of a pair, by the pair's index.</summary>
public delegate (Image First, Image Second) PairOfFrames(int pair);

/// <summary>
/// How fast the pixels of one pair of frames move against the camera: g of <see cref="CameraRelativeMotion"/>. Estimated flow is checked by the frames:
/// <list type="bullet">
/// <item>Where the camera's motion explains them better than the flow does, nothing moves: the flow of a thing runs over into what is behind it.</item>
/// <item>Flow trembles with noise. What moves less than four times as much as the middle pixel that the camera explains is at rest.</item>
/// <item>Where the frames are alike nothing can be seen. A pixel moves only if the flow explains the frames clearly better than the camera does, or if such
/// pixels are around it: the inside of a plain thing moves with its outline, but the plain wall beside it does not.</item>
/// </list>
/// </summary>
internal sealed class PairMotion
{
    /// <summary>τ for which the units of <see cref="CameraRelativeMotion"/> hold.</summary>
    public const float LeastThreshold = 0.1f;

    private const float Picture = 384;

    // Pixels a second.
    private const float LeastFast = 10;

    // However short the time between two frames, what moves less than a quarter of a pixel of the flow's maps is at rest.
    private const float LeastFastOfPair = 2.5f;

    // The share of pixels that may be faster than the fastest, so that a few wrong ones do not hide all others.
    private const double Outliers = 0.002;

    // How many times as large as the middle of the noise its largest values are.
    private const float NoiseReach = 4;
    private const float MostNoise = 1;

    // A motion explains the frames clearly better than another if its difference, of 255, is smaller by this ratio and this much.
    private const float ClearRatio = 1.5f;
    private const float ClearDifference = 1;

    // Of the four directions in which a confirmed pixel may be met.
    private const int LeastMet = 3;

    private readonly IClipFlow _flow;
    private readonly PairOfFrames? _frames;
    private readonly FrameDifferences? _differences;
    private readonly float _unit;
    private readonly float[] _motion;
    private readonly float[] _scratch;
    private readonly bool[] _isSure;
    private readonly bool[] _isConfirmed;
    private readonly byte[] _met;
    private int _pair = -1;

    public PairMotion(IClipFlow flow, PairOfFrames? frames)
    {
        int pixels = flow.Height * flow.Width;
        (_flow, _frames) = (flow, frames);
        _unit = Picture / Math.Max(flow.FrameWidth, flow.FrameHeight);
        (_motion, _scratch, _isSure) = (new float[pixels], new float[pixels], new bool[pixels]);
        _differences = frames is null ? null : new FrameDifferences(flow.Width, flow.Height);
        (_isConfirmed, _met) = frames is null ? ([], []) : (new bool[pixels], new byte[pixels]);
        if (frames is null)
            Array.Fill(_isSure, true);
    }

    /// <summary>g, (H,W).</summary>
    public float[] Values => _motion;

    /// <summary>Where the flow or the camera's motion explains the frames; elsewhere another pair may know better.</summary>
    public bool[] IsSure => _isSure;

    /// <summary>Measures a pair, unless it is the one that was measured last.</summary>
    public void Measure(int pair)
    {
        if (_pair == pair)
            return;
        ReadOnlySpan<float> flow = _flow.Pair(pair);
        CameraMotion camera = CameraFit.Fit(flow, _flow.Width, _flow.Height, _unit);
        Against(camera, flow);
        float mapUnit = Picture / Math.Max(_flow.Width, _flow.Height), noise = 0;
        if (_frames is not null)
        {
            (Image first, Image second) = _frames(pair);
            _differences!.Measure(first, second, flow, camera, _unit);
            noise = Judge(_differences);
        }
        float scale = MathF.Max(
            MathF.Max(Fastest(), NoiseReach * noise / LeastThreshold), MathF.Max(LeastFast * (float)_flow.Interval, LeastFastOfPair * mapUnit));
        for (int i = 0; i < _motion.Length; i++)
            _motion[i] = MathF.Min(1, _motion[i] / scale);
        if (_frames is not null)
            ClearUnconfirmed();
        _pair = pair;
    }

    private void Against(CameraMotion camera, ReadOnlySpan<float> flow)
    {
        ReadOnlySpan<float> u = flow[.._motion.Length], v = flow[_motion.Length..];
        for (int y = 0; y < _flow.Height; y++)
            for (int x = 0; x < _flow.Width; x++)
            {
                int i = y * _flow.Width + x;
                (float cu, float cv) = camera.At(CameraFit.Position(x, _flow.Width), CameraFit.Position(y, _flow.Height));
                float du = _unit * u[i] - cu, dv = _unit * v[i] - cv;
                _motion[i] = MathF.Sqrt(du * du + dv * dv);
            }
    }

    // Asks the frames of every pixel. Returns the middle of the motion that is but noise.
    private float Judge(FrameDifferences differences)
    {
        ReadOnlySpan<float> alongFlow = differences.AlongFlow, alongCamera = differences.AlongCamera;
        float change = 4 * differences.Noise + 8;
        int explained = 0;
        for (int i = 0; i < _motion.Length; i++)
        {
            float flow = alongFlow[i], camera = alongCamera[i];
            _isConfirmed[i] = IsClearlyLess(flow, camera) || camera > change;
            _isSure[i] = MathF.Min(flow, camera) <= change;
            if (IsClearlyLess(camera, flow))
                _motion[i] = 0;
            else if (camera <= 2 * differences.Noise)
                _scratch[explained++] = _motion[i];
        }
        Array.Sort(_scratch, 0, explained);
        return explained == 0 ? 0 : MathF.Min(MostNoise, _scratch[explained / 2]);
    }

    private static bool IsClearlyLess(float difference, float than) => than > ClearRatio * difference + ClearDifference;

    private float Fastest()
    {
        _motion.CopyTo(_scratch, 0);
        Array.Sort(_scratch);
        return _scratch[^(1 + (int)(Outliers * _scratch.Length))];
    }

    // A pixel that the frames do not confirm moves if in three of the four directions a confirmed one is met before motion ends.
    private void ClearUnconfirmed()
    {
        int width = _flow.Width, height = _flow.Height;
        Array.Clear(_met);
        for (int y = 0; y < height; y++)
        {
            Meet(y * width, 1, width);
            Meet(y * width + width - 1, -1, width);
        }
        for (int x = 0; x < width; x++)
        {
            Meet(x, width, height);
            Meet((height - 1) * width + x, -width, height);
        }
        for (int i = 0; i < _motion.Length; i++)
            if (_motion[i] > LeastThreshold && !_isConfirmed[i] && _met[i] < LeastMet)
                _motion[i] = 0;
    }

    // Goes along a row or column, and counts for each pixel whether a confirmed one lies behind it.
    private void Meet(int first, int step, int count)
    {
        bool hasMet = false;
        for (int k = 0, i = first; k < count; k++, i += step)
        {
            hasMet = _motion[i] > LeastThreshold && (hasMet || _isConfirmed[i]);
            _met[i] += hasMet ? (byte)1 : (byte)0;
        }
    }
}
