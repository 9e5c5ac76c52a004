using SspNative.Model.OpticalFlow;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// Motion against the camera's: g^t = |O^t − C^t|₂ / max(s^t, l). C^t is the camera's motion (<see cref="CameraFit"/>), s^t the fastest motion of the pair, and
/// l the least that counts as fast: 10 pixels a second, so that with τ = 0.1 what moves less than a pixel a second is at rest. All of it is in pixels of a
/// picture whose longer side is 384. Where the frames are at hand they are asked too (<see cref="PairMotion"/>).
/// A frame's motion is the mean of g^t and of g^{t−1} carried along O^{t−1} to where its pixels are now; where just one of the two is known for sure, that one.
/// A pair is judged by itself: other pairs of the clip change nothing.
/// </summary>
/// <param name="flow">The clip's flow, of at least one pair.</param>
/// <param name="frames">The frames; null where they are not known, or the flow is exact.</param>
internal sealed class CameraRelativeMotion(IClipFlow flow, PairOfFrames? frames) : ITemporalMotion
{
    // Of eight.
    private const int MostNeighbours = 5;

    private readonly PairMotion[] _pairs = [new(flow, frames), new(flow, frames)];
    private readonly float[] _temporal = new float[flow.Height * flow.Width];
    private readonly bool[] _isSure = new bool[flow.Height * flow.Width];
    private readonly float[] _filled = new float[flow.Height * flow.Width];

    public float LeastThreshold => PairMotion.LeastThreshold;

    public ReadOnlySpan<float> Of(int frame)
    {
        if (frame == 0)
            return Pair(0).Values;
        PairMotion before = Pair(frame - 1);
        Carry(before, flow.Pair(frame - 1));
        FillGaps();
        if (frame == flow.Pairs)
        {
            // Of what comes to sight in the last frame nothing is known; it is mostly what was behind.
            for (int i = 0; i < _temporal.Length; i++)
                _temporal[i] = MathF.Max(0, _temporal[i]);
            return _temporal;
        }
        PairMotion after = Pair(frame);
        for (int i = 0; i < _temporal.Length; i++)
            _temporal[i] = _temporal[i] < 0 || (after.IsSure[i] && !_isSure[i]) ? after.Values[i]
                : _isSure[i] && !after.IsSure[i] ? _temporal[i]
                : 0.5f * (_temporal[i] + after.Values[i]);
        return _temporal;
    }

    // The two last pairs are kept: frames are mostly asked for in order.
    private PairMotion Pair(int pair)
    {
        _pairs[pair % 2].Measure(pair);
        return _pairs[pair % 2];
    }

    // Of several pixels that arrive at one place the fastest is seen: it is mostly in front. Where none arrives the motion is −1.
    private void Carry(PairMotion motion, ReadOnlySpan<float> along)
    {
        float across = (float)flow.Width / flow.FrameWidth, down = (float)flow.Height / flow.FrameHeight;
        Array.Fill(_temporal, -1);
        Array.Fill(_isSure, true);
        for (int y = 0; y < flow.Height; y++)
            for (int x = 0; x < flow.Width; x++)
            {
                int i = y * flow.Width + x;
                float toX = MathF.Round(x + across * along[i]), toY = MathF.Round(y + down * along[_temporal.Length + i]);
                if (!(toX >= 0 && toX < flow.Width && toY >= 0 && toY < flow.Height))
                    continue;
                int to = (int)toY * flow.Width + (int)toX;
                if (motion.Values[i] > _temporal[to])
                    (_temporal[to], _isSure[to]) = (motion.Values[i], motion.IsSure[i]);
            }
    }

    // Where a thing grows or turns, its pixels arrive with gaps between them: a pixel most of whose neighbours are known is as they are.
    private void FillGaps()
    {
        for (int y = 0; y < flow.Height; y++)
            for (int x = 0; x < flow.Width; x++)
            {
                int i = y * flow.Width + x;
                _filled[i] = _temporal[i] < 0 ? OfNeighbours(x, y) : _temporal[i];
            }
        _filled.CopyTo(_temporal, 0);
    }

    private float OfNeighbours(int x, int y)
    {
        float sum = 0;
        int known = 0;
        for (int ny = Math.Max(0, y - 1); ny <= Math.Min(flow.Height - 1, y + 1); ny++)
            for (int nx = Math.Max(0, x - 1); nx <= Math.Min(flow.Width - 1, x + 1); nx++)
                if (_temporal[ny * flow.Width + nx] is >= 0 and var value)
                {
                    sum += value;
                    known++;
                }
        return known >= MostNeighbours ? sum / known : -1;
    }
}
