namespace SspNative.Model.Losses;

/// <summary>Where the random points of the losses come from.</summary>
public interface IPointSource
{
    /// <summary>Fills points with x and y in turn, each uniform in [0,1).</summary>
    void Fill(Span<float> coordinates);
}
