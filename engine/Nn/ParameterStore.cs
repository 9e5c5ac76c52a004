using System.Globalization;

namespace SspNative.Engine.Nn;

/// <summary>
/// The state dict of a model while and after it is built: layers ask for their parameters by published name and shape,
/// the store loads them from its source and owns them. What could not be loaded is collected, so that one error tells all. On a device of precision bf16
/// large weights are rounded as they are loaded, one after the other, and held in half the memory. A store for inference packs weights of linear layers
/// as they are loaded (<see cref="Ops.Pack"/>), which takes no more memory.
/// </summary>
public sealed class ParameterStore(IParameterSource source, IDevice device) : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, ParameterSpec> _specs = [];
    private readonly List<(string Name, string Text)> _problems = [];
    private readonly Dictionary<string, Tensor> _constants = [];

    public IDevice Device { get; } = device;

    public IParameterSource Source { get; } = source;

    /// <summary>Whether nothing is trained or written: weights are then held as products read them fastest.</summary>
    public bool IsForInference { get; init; }

    /// <summary>Names in the order in which the model asked for them.</summary>
    public IReadOnlyList<string> Names => _order;

    /// <summary>What was asked for, in the same order.</summary>
    public IEnumerable<ParameterSpec> Specs => _order.Select(n => _specs[n]);

    /// <summary>The parameters that require a gradient, in the same order.</summary>
    public IEnumerable<(string Name, Tensor Parameter)> Trainable =>
        _order.Select(n => (n, _parameters[n])).Where(p => p.Item2.RequiresGrad);

    /// <summary>The root from which layers take their parameters.</summary>
    public ParameterPath Root => new(this, "");

    public Tensor this[string name] => _parameters.TryGetValue(name, out Tensor? t)
        ? t
        : throw new KeyNotFoundException($"the model has no parameter {name}");

    public Tensor? Find(string name) => _parameters.GetValueOrDefault(name);

    /// <summary>Loads a parameter, or hands out the same tensor again when two layers share it.</summary>
    /// <exception cref="InvalidOperationException">They ask for it in different shapes, or with different first values, roles or uses.</exception>
    public Tensor Get(ParameterSpec parameter)
    {
        (string name, Shape shape, _, _) = parameter;
        if (_specs.TryGetValue(name, out ParameterSpec? present))
            return present == parameter
                ? _parameters[name]
                : throw new InvalidOperationException(
                    present.Shape == shape
                        ? $"{name}: two layers share it, but ask for different first values, roles or uses"
                        : $"{name}: two layers share it, one as {present.Shape}, one as {shape}");
        string? problem = Source.Problem(parameter);
        if (problem is not null)
            _problems.Add((name, problem));
        // The stand-in for what cannot be had is empty; ThrowIfIncomplete keeps it from being used.
        Tensor t = TensorScope.Unowned(problem is null ? Load(parameter) : Tensor.Empty(new Shape(new int[shape.Rank]), Device));
        _parameters.Add(name, t);
        _specs.Add(name, parameter);
        _order.Add(name);
        return t;
    }

    /// <summary>
    /// Parts of the model of which the source has nothing at all, by the first segment of their names, as <c>clip</c>: it is another file, or
    /// one file too few. A single parameter is no part.
    /// </summary>
    public IReadOnlyList<string> AbsentParts =>
    [
        .. _order.GroupBy(Part)
            .Where(part => part.Count() > 1 && part.All(name => _problems.Any(p => p.Name == name) && !Source.Has(name))).Select(part => part.Key),
    ];

    /// <summary>
    /// Fails if a parameter was missing or of the wrong shape. The message names the parts that are absent as a whole, then the other parameters, ten
    /// in all, and counts the rest.
    /// </summary>
    /// <exception cref="InvalidDataException">There was such a parameter.</exception>
    public void ThrowIfIncomplete()
    {
        if (_problems.Count == 0)
            return;
        IReadOnlyList<string> absent = AbsentParts;
        string[] items =
        [
            .. absent.Select(part => string.Create(
                CultureInfo.InvariantCulture,
                $"all {_order.Count(n => Part(n) == part):#,0} under {part}. ({_problems.First(p => Part(p.Name) == part).Text})")),
            .. _problems.Where(p => !absent.Contains(Part(p.Name))).Select(p => p.Text),
        ];
        string question = absent.Count > 0 ? "is this the right file?" : "are these the weights of this configuration?";
        throw new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"{Source.Description}: {_problems.Count:#,0} of {_order.Count:#,0} parameters cannot be used: {ShortList.Of(items, "; ")}; {question}"));
    }

    /// <summary>Chooses which parameters require a gradient; all, where nothing is said. No tape records what only the others take part in.</summary>
    /// <exception cref="InvalidOperationException">The device holds weights as bf16, or the store is for inference.</exception>
    public void Train(Func<ParameterSpec, bool>? which = null)
    {
        if (IsForInference)
            throw new InvalidOperationException("weights that were loaded for inference cannot be trained: make the store without IsForInference");
        if (Device.Precision.WeightType() != DType.F32)
            throw new InvalidOperationException("weights that are held as bf16 cannot be trained: open the device in fp32");
        foreach (ParameterSpec parameter in Specs)
            _parameters[parameter.Name].RequiresGrad = which is null || which(parameter);
    }

    /// <summary>
    /// A tensor that follows from shapes alone (position encodings, reference points), made once and kept with the parameters.
    /// </summary>
    public Tensor Constant(string key, Func<Tensor> make)
    {
        lock (_constants)
        {
            if (!_constants.TryGetValue(key, out Tensor? t))
            {
                t = TensorScope.Unowned(make());
                _constants.Add(key, t);
            }
            return t;
        }
    }

    public void Dispose()
    {
        foreach (Tensor t in _parameters.Values.Concat(_constants.Values))
            t.Dispose();
        _parameters.Clear();
        _constants.Clear();
    }

    private Tensor Load(ParameterSpec parameter)
    {
        Tensor loaded = Source.Load(parameter, Device);
        if (parameter.MayBeBFloat16 && Device.Precision.WeightType() == DType.BF16)
            return loaded.ReplacedBy(Ops.ToBFloat16(loaded));
        return IsForInference && parameter.MayBePacked ? loaded.ReplacedBy(Ops.Pack(loaded)) : loaded;
    }

    private static string Part(string name) => name.IndexOf('.') is > 0 and int dot ? name[..dot] : name;
}
