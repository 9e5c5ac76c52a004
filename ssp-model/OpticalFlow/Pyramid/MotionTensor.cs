using System.Numerics;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// The linearised constancy of some channels at every pixel: the sums of the products of (I_x, I_y, I_t), so that the squared
/// error after a step (du,dv) is a quadratic form in (du,dv,1).
/// </summary>
internal sealed class MotionTensor(FlowGrid grid)
{
    // ε of the robust function, in pixels.
    private const float Epsilon = 0.01f;

    // Below this slope a channel says little about motion.
    private const float LeastSlope = 0.02f;

    public float[] Xx { get; } = grid.NewPlane();

    public float[] Xy { get; } = grid.NewPlane();

    public float[] Yy { get; } = grid.NewPlane();

    public float[] Xt { get; } = grid.NewPlane();

    public float[] Yt { get; } = grid.NewPlane();

    public float[] Tt { get; } = grid.NewPlane();

    public void Clear()
    {
        foreach (float[] plane in (float[][])[Xx, Xy, Yy, Xt, Yt, Tt])
            Array.Clear(plane);
    }

    /// <summary>Adds (I_x du + I_y dv + I_t)² of a vector of pixels, divided by |∇I|²: errors are distances in pixels.</summary>
    /// <param name="inside">1 where the motion ends inside the picture, else 0.</param>
    public void Add(int i, Vector<float> dx, Vector<float> dy, Vector<float> dt, Vector<float> inside)
    {
        Vector<float> scale = inside / (dx * dx + dy * dy + new Vector<float>(LeastSlope * LeastSlope));
        Vector<float> x = scale * dx, y = scale * dy;
        (new Vector<float>(Xx, i) + x * dx).CopyTo(Xx, i);
        (new Vector<float>(Xy, i) + x * dy).CopyTo(Xy, i);
        (new Vector<float>(Yy, i) + y * dy).CopyTo(Yy, i);
        (new Vector<float>(Xt, i) + x * dt).CopyTo(Xt, i);
        (new Vector<float>(Yt, i) + y * dt).CopyTo(Yt, i);
        (new Vector<float>(Tt, i) + scale * dt * dt).CopyTo(Tt, i);
    }

    /// <summary>The robust weight 1/√(s² + ε²) of the error s that a step leaves.</summary>
    public Vector<float> Weight(int i, Vector<float> du, Vector<float> dv)
    {
        Vector<float> square = new Vector<float>(Tt, i)
            + du * (2 * new Vector<float>(Xt, i) + du * new Vector<float>(Xx, i) + 2 * dv * new Vector<float>(Xy, i))
            + dv * (2 * new Vector<float>(Yt, i) + dv * new Vector<float>(Yy, i));
        Vector<float> positive = Vector.Max(square, Vector<float>.Zero) + new Vector<float>(Epsilon * Epsilon);
        return Vector<float>.One / Vector.SquareRoot(positive);
    }
}
