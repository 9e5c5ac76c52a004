using SspNative.Model.Config;
using SspNative.Model.Data.Caching;
using SspNative.Model.Encoders.Vggish;

namespace SspNative.Model.Training;

/// <summary>SSP and the VGGish before it over one set of parameters, some of which are trained. Owns the parameters.</summary>
public sealed class TrainingModel : IDisposable
{
    private readonly Ssp _ssp;
    private readonly Vggish _vggish;
    private FrozenEncoders? _frozen;

    /// <exception cref="InvalidDataException">The weights lack parameters or have them in other shapes; all are named.</exception>
    public TrainingModel(SspConfig config, IParameterSource weights, IDevice device)
    {
        Config = config;
        Parameters = new ParameterStore(weights, device);
        try
        {
            _ssp = new Ssp(Parameters.Root, config);
            _vggish = new Vggish(Parameters.Root / "vggish", finalRelu: false, config.Vggish);
            Parameters.ThrowIfIncomplete();
        }
        catch
        {
            Parameters.Dispose();
            throw;
        }
    }

    public SspConfig Config { get; }

    public ParameterStore Parameters { get; }

    public IDevice Device => Parameters.Device;

    /// <summary>Where the outputs of frozen encoders are kept; null computes them whenever they are needed.</summary>
    public ClipCache? Cache { get; init; }

    /// <summary>
    /// The encoders that <see cref="Train"/> left frozen, by the weights they have when first asked for; null without a cache.
    /// </summary>
    public FrozenEncoders? Frozen => Cache is null ? null : _frozen ??= new FrozenEncoders(Cache, Parameters, Config);

    /// <summary>The trained parameters, in the model's order.</summary>
    public IEnumerable<(string Name, Tensor Parameter)> Trained =>
        Parameters.Names.Select(n => (n, Parameters[n])).Where(p => p.Item2.RequiresGrad);

    /// <summary>Chooses what is trained. All else is frozen, and no tape records what only frozen parameters take part in.</summary>
    public void Train(TrainableSet set)
    {
        foreach (string name in Parameters.Names)
            Parameters[name].RequiresGrad = set.Includes(name);
        _frozen = null;
    }

    public SspOutput Forward(PreparedClip clip)
    {
        using var scope = new TensorScope();
        SspOutput output = _ssp.Forward(clip.Inputs(_ssp.Clip, _vggish, Device));
        scope.Keep(output.FinalFeatures);
        scope.Keep(output.Predictions.SelectMany(p => (Tensor[])[p.ClassLogits, p.MaskLogits]));
        return output with { Alignment = null };
    }

    public void Dispose() => Parameters.Dispose();
}
