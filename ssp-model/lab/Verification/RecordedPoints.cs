using SspNative.Lab.References;
using SspNative.Model.Losses;

namespace SspNative.Lab.Verification;

/// <summary>The random points that a case recorded, one input a call: <c>PREFIX0</c>, <c>PREFIX1</c>, ….</summary>
internal sealed class RecordedPoints(ReferenceContext context, string prefix) : IPointSource
{
    private int _calls;

    public void Fill(Span<float> coordinates)
    {
        string name = $"{prefix}{_calls++}";
        float[] recorded = context.Input(name).ToArray();
        if (recorded.Length != coordinates.Length)
            throw new InvalidDataException($"{name} has {recorded.Length} coordinates instead of {coordinates.Length}");
        recorded.CopyTo(coordinates);
    }
}
